"""Access tokens: JWTs of one algorithm (HS256), every claim required, signed by a ring of named keys.

Follows RFC 8725 (one algorithm, typ checked, audience checked) and OWASP ASVS 9.1 and 9.2. A key is looked up by
the header's kid in the settings and nowhere else: jku, x5u and jwk are not read.
"""

import secrets
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jwt

from backend.core import running
from backend.core.clock import utcnow
from backend.core.errors import ExpiredTokenError, InvalidTokenError
from backend.core.running import HasExtensions
from backend.core.settings import Settings

ALGORITHM = "HS256"
TYPE = "at+jwt"  # RFC 9068 section 2.1
REQUIRED = ["iss", "aud", "sub", "sid", "jti", "iat", "exp"]
MAX_LENGTH = 4096
EXTENSION = "tokens"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid access token says."""

    user_id: int
    session_id: int


class TokenService:
    """Issues and verifies access tokens with the keys of the settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._keys = settings.jwt_keys
        self._jwt = jwt.PyJWT({"enforce_minimum_key_length": True, "require": REQUIRED})

    def issue(self, user_id: int, session_id: int) -> str:
        """A token for `user_id` in `session_id`, signed by the current key."""
        now = int(utcnow().timestamp())
        settings = self._settings
        claims = {
            "iss": settings.jwt_issuer,
            "aud": settings.jwt_audience,
            "sub": str(user_id),
            "sid": str(session_id),
            "jti": secrets.token_hex(8),
            "iat": now,
            "exp": now + settings.access_token_seconds,
        }
        key = self._keys[settings.jwt_key_id]
        return self._jwt.encode(claims, key, ALGORITHM, headers={"kid": settings.jwt_key_id, "typ": TYPE})

    def verify(self, token: str) -> Claims:
        """The claims of `token`; raises `ExpiredTokenError` or `InvalidTokenError`."""
        if len(token) > MAX_LENGTH:
            raise InvalidTokenError
        try:
            return self._claims(token)
        except jwt.ExpiredSignatureError:
            raise ExpiredTokenError from None
        except (jwt.InvalidTokenError, ValueError, TypeError, KeyError, OverflowError):
            raise InvalidTokenError from None

    def _claims(self, token: str) -> Claims:
        decoded = self._jwt.decode_complete(
            token,
            self._key(token),
            algorithms=[ALGORITHM],
            issuer=self._settings.jwt_issuer,
            audience=self._settings.jwt_audience,
            leeway=self._settings.jwt_leeway_seconds,
        )
        if decoded["header"].get("typ") != TYPE or "crit" in decoded["header"]:
            raise InvalidTokenError
        payload = decoded["payload"]
        if type(payload["exp"]) is not int or type(payload["iat"]) is not int:
            raise InvalidTokenError
        return Claims(_number(payload["sub"]), _number(payload["sid"]))

    def _key(self, token: str) -> str:
        return self._keys[_kid(token.partition(".")[0])]


@lru_cache(maxsize=64)
def _kid(header: str) -> str:
    """The name of the key in a token's header; cached, because all tokens of a key have the same header."""
    kid: str = jwt.get_unverified_header(f"{header}..")["kid"]
    return kid


def _number(value: Any) -> int:
    """`value` as the positive 63-bit number that our ids are."""
    if not isinstance(value, str) or not value.isascii() or not value.isdigit() or len(value) > 18:
        raise InvalidTokenError
    return int(value)


def init_app(app: HasExtensions, settings: Settings) -> None:
    app.extensions[EXTENSION] = TokenService(settings)


def issue(user_id: int, session_id: int) -> str:
    """A token signed for the running application; see `TokenService.issue`."""
    service: TokenService = running.extension(EXTENSION)
    return service.issue(user_id, session_id)


def verify(token: str) -> Claims:
    """The claims of a token sent to the running application; see `TokenService.verify`."""
    service: TokenService = running.extension(EXTENSION)
    return service.verify(token)
