"""The session in a credential: which headers name it, and which never do."""

import base64

from mdt.engine.session_keys import KEYS, SessionKey, key_of, session_in

OWN = (SessionKey("x-token", "mdt_live_"), SessionKey("authorization", "mdt_live_"))


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


CASES = [  # keys, header, value, the session
    (KEYS, "authorization", "Bearer sk-mdt-order-1", "order-1"),
    (KEYS, "authorization", "bearer  sk-mdt-order-1 ", "order-1"),
    (KEYS, "authorization", "sk-mdt-a", "a"),
    (KEYS, "authorization", basic("sk-mdt-a:secret:b"), "a"),
    (KEYS, "authorization", basic("sk-mdt-a"), "a"),
    (KEYS, "x-api-key", "sk-mdt-a.b-c", "a.b-c"),
    (KEYS, "api-key", "sk-mdt-a", "a"),
    (KEYS, "x-goog-api-key", "sk-mdt-a", "a"),
    (KEYS, "x-api-key", "sk-mdt-", ""),
    (KEYS, "authorization", "Bearer sk-proj-mdt-a", None),
    (KEYS, "authorization", "Bearer sk-ant-api03-sk-mdt-a", None),
    (KEYS, "authorization", basic("ann:sk-mdt-a"), None),
    (KEYS, "authorization", "Basic ***", None),
    (KEYS, "authorization", "", None),
    (KEYS, "x-token", "sk-mdt-a", None),
    (OWN, "x-token", "mdt_live_a", "a"),
    (OWN, "authorization", "Token mdt_live_a", "a"),
    (OWN, "authorization", "Bearer sk-mdt-a", None),
    ((), "authorization", "Bearer sk-mdt-a", None),
]


def test_which_credentials_name_a_session():
    for keys, header, value, session in CASES:
        assert session_in({"host": "x", header: value}, keys) == session, (header, value)


def test_a_session_has_its_key():
    assert session_in({"x-api-key": str(key_of("a-1", KEYS))}, KEYS) == "a-1"
    assert key_of("a-1", ()) is None
