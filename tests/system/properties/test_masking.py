"""A secret that is planted anywhere in anything never shows."""

import json

from hypothesis import given
from hypothesis import strategies as st

from backend.core.observability.masking import mask
from tests.unit.core.test_masking import LOOKS, NAMES, SECRET, Plain, Record, Schema

PLANTED = (
    st.sampled_from(NAMES).map(lambda name: {name: SECRET})
    | st.sampled_from(LOOKS).map(lambda look: look.format(SECRET))
    | st.just(Record("x", SECRET))
    | st.just(Schema(name="x", refresh_token=SECRET))
    | st.just(Plain())
)
AROUND = st.none() | st.integers() | st.text(max_size=8) | st.binary(max_size=4)


@given(
    st.recursive(
        PLANTED,
        lambda inner: (
            st.tuples(inner, AROUND)
            | st.lists(inner | AROUND, min_size=1, max_size=3)
            | st.dictionaries(st.text(max_size=5) | st.integers(), inner | AROUND, min_size=1, max_size=3)
        ),
        max_leaves=6,
    )
)
def test_a_planted_secret_never_shows(value):
    masked = mask(value)

    assert SECRET not in json.dumps(masked, default=repr)
