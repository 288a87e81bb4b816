"""Authorization headers that must not open a route, and the ones that must: each made for an actor who may come in."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt

from backend.core import settings
from backend.core.clock import utcnow
from backend.core.db import db
from backend.core.security import tokens
from backend.modules.auth import service as auth
from tests.framework.api import Actor, Api

Header = Callable[[Api, Actor], str]
OTHER_KEY = "another-signing-key-0123456789-0123456789"


def forged(key: str = "", algorithm: str = "HS256", header: dict[str, Any] | None = None, **claims: Any) -> Header:
    """A token as the application issues it, but for what is given; a claim given as None is left out."""

    def make(api: Api, actor: Actor) -> str:
        with api.app.app_context():
            current = settings.current()
        genuine = jwt.decode(actor.access_token, options={"verify_signature": False})
        payload = {name: value for name, value in (genuine | claims).items() if value is not None}
        names = {"kid": current.jwt_key_id, "typ": tokens.TYPE} | (header or {})
        secret = None if algorithm == "none" else key or current.jwt_secret.get_secret_value()
        return f"Bearer {jwt.encode(payload, secret, algorithm, headers=names)}"

    return make


def _revoked(api: Api, actor: Actor) -> str:
    with api.app.app_context():
        auth.sessions.revoke(actor.session_id, actor.id, utcnow(), "test")
        db.session.commit()
    return actor.headers["Authorization"]


def _disabled(api: Api, actor: Actor) -> str:
    with api.app.app_context():
        user = auth.users.get(actor.id)
        user.disabled_at = utcnow()
        db.session.commit()
    return actor.headers["Authorization"]


def _anothers_session(api: Api, actor: Actor) -> str:
    return forged(sid=str(api.login().session_id))(api, actor)


NOBODY: dict[str, Header] = {
    "empty": lambda api, actor: "",
    "Basic": lambda api, actor: "Basic dXNlcjpwYXNzd29yZA==",
    "token without a scheme": lambda api, actor: actor.access_token,
    "Bearer without a token": lambda api, actor: "Bearer ",
}
UNBELIEVABLE: dict[str, Header] = {
    "garbage": lambda api, actor: "Bearer garbage",
    "garbage in three parts": lambda api, actor: "Bearer e30.e30.e30",
    "two tokens": lambda api, actor: f"Bearer {actor.access_token} {actor.access_token}",
    "spoilt signature": lambda api, actor: f"Bearer {actor.access_token[:-4]}AAAA",
    "100 kB": lambda api, actor: "Bearer " + "a" * 100_000,
    "not ASCII": lambda api, actor: "Bearer \xe9\xe9\xe9",
    "expired": forged(exp=int((utcnow() - timedelta(hours=1)).timestamp())),
    "without expiry": forged(exp=None),
    "without session": forged(sid=None),
    "wrong key": forged(key=OTHER_KEY),
    "unknown key id": forged(header={"kid": "k9"}),
    "algorithm HS512": forged(algorithm="HS512", key="x" * 64),
    "algorithm none": forged(algorithm="none"),
    "wrong type": forged(header={"typ": "JWT"}),
    "wrong issuer": forged(iss="somebody"),
    "wrong audience": forged(aud="another-api"),
    "subject that is no id": forged(sub="1 OR 1=1"),
    "refresh token": lambda api, actor: f"Bearer {actor.refresh_token}",
    "revoked session": _revoked,
    "session of another user": _anothers_session,
    "unknown session": forged(sid=str(10**17)),
    "disabled user": _disabled,
}
SPOILING = {"revoked session", "disabled user"}  # an actor with such a header comes in with no other either
GOOD: dict[str, Header] = {
    "Bearer": lambda api, actor: f"Bearer {actor.access_token}",
    "bearer": lambda api, actor: f"bearer {actor.access_token}",
    "BEARER": lambda api, actor: f"BEARER {actor.access_token}",
}
