"""How refresh tokens are made: 256 random bits at login, and from then on derived from the one before.

A successor is HMAC-SHA256(key, predecessor), so that the answer to a repeated refresh is the same successor although only
hashes are stored (RFC 9700 section 4.14.2 asks for rotation; a lost answer must not log the user out).
"""

import base64
import hashlib
import hmac
import secrets

PURPOSE = b"touchstone refresh token successor v1"


def new() -> str:
    """A token with 256 random bits, as 43 characters."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """The stored form of a token: its SHA-256 as 64 hexadecimal digits. A fast hash will do, as 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def successor(token: str, secret: str) -> str:
    """The token that follows `token`, as 43 characters."""
    key = hmac.digest(secret.encode(), PURPOSE, "sha256")
    return base64.urlsafe_b64encode(hmac.digest(key, token.encode(), "sha256")).rstrip(b"=").decode()
