"""Finds the session in a credential: an API key such as `sk-mdt-<session>`, wherever a client library sends its key.

The prefix of such a key has `mdt` in it, so that no real key is taken for one.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

MARK = "mdt"  # is in every prefix
SHORTEST = 6  # characters of a prefix
_AUTHORIZATION = "authorization"


@dataclass(frozen=True, slots=True)
class SessionKey:
    """A header in lower case, and what stands before the session in its value."""

    header: str
    prefix: str


PREFIX = "sk-mdt-"
KEYS = tuple(SessionKey(header, PREFIX) for header in (_AUTHORIZATION, "x-api-key", "api-key", "x-goog-api-key"))


def session_in(headers: Mapping[str, str], keys: Iterable[SessionKey]) -> str | None:
    """The session that a credential names; None if none does."""
    for key in keys:
        value = headers.get(key.header)
        if value is not None and (credential := _credential(key.header, value)).startswith(key.prefix):
            return credential[len(key.prefix) :]
    return None


def _credential(header: str, value: str) -> str:
    """The key in a header: after the scheme of `authorization`; for Basic (RFC 7617) the user."""
    if header != _AUTHORIZATION:
        return value.strip()
    scheme, _, credential = value.strip().partition(" ")
    if scheme.lower() != "basic":
        return credential.strip() or scheme
    try:
        user, _, _ = base64.b64decode(credential.strip(), validate=True).decode(errors="replace").partition(":")
    except (ValueError, binascii.Error):
        return ""
    return user


def key_of(session: str, keys: tuple[SessionKey, ...]) -> str | None:
    """The key that names a session, for the configuration of a client; None if no key does."""
    return keys[0].prefix + session if keys else None
