"""WeChat for development: any code is a user, the same code the same user. Production refuses to start with it."""

import hashlib

from backend.modules.auth.errors import LoginCodeError
from backend.modules.auth.wechat import Identity

INVALID = "invalid"


class StandIn:
    """Answers at once, without a network. The code `invalid` is refused, to see what that looks like."""

    def identify(self, code: str) -> Identity:
        """The user that belongs to this code."""
        return Identity(f"dev-{_digest(code)[:24]}")

    def phone_number(self, code: str) -> str:
        """A number that belongs to this code."""
        return f"138{int(_digest(code)[:12], 16) % 10**8:08d}"


def _digest(code: str) -> str:
    if code == INVALID:
        raise LoginCodeError
    return hashlib.sha256(code.encode()).hexdigest()
