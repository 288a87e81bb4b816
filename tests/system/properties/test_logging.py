"""What is logged shows no secret, wherever in an event it is."""

from hypothesis import given
from hypothesis import strategies as st

from backend.core.observability.logging import _to_json, mask_event

SECRET = "pLaNtEd0123456789"


@given(
    name=st.sampled_from(["password", "authorization", "session_key", "phone", "unionid"]),
    depth=st.integers(0, 8),
    beside=st.text(max_size=10),
)
def test_secrets_are_masked_however_deep_they_are_put(name, depth, beside):
    value: object = {name: SECRET, "beside": beside}
    for _ in range(depth):
        value = {"inner": [value, beside]}

    line = _to_json(mask_event(None, "", {"event": "x", "value": value}))

    assert SECRET not in line.decode()
