"""What JSON can say passes, and nothing is read in two ways."""

import json

from hypothesis import given
from hypothesis import strategies as st

from backend.core.errors import BadRequestError
from backend.core.web.json_input import check_json

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(JSON_VALUES, st.booleans())
def test_everything_that_json_can_say_passes_unless_it_carries_nul(value, ascii_only):
    raw = json.dumps(value, ensure_ascii=ascii_only).encode()
    carries_nul = "\\u0000" in raw.decode().replace("\\\\", "")

    try:
        check_json(raw)
        refused = False
    except BadRequestError:
        refused = True

    assert refused == carries_nul


@given(st.binary(max_size=60))
def test_bytes_from_anywhere_are_refused_or_read_alike(raw):
    try:
        check_json(raw)
    except BadRequestError:
        return

    assert json.loads(raw) == json.loads(raw.decode("utf-8"))
