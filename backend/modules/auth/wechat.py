"""The gateway to WeChat: finds the user or the phone number behind a code. `gateway()` is the real one or the stand-in.

Callers never see WeChat's raw answers: session_key is dropped on arrival, errors become ours.
"""

from dataclasses import dataclass
from typing import Protocol

from backend.core import running
from backend.core.running import HasExtensions

EXTENSION = "wechat"


@dataclass(frozen=True, slots=True)
class Identity:
    """A user's ids at WeChat. `unionid` only where the mini-program belongs to an Open Platform account."""

    openid: str
    unionid: str | None = None


class Gateway(Protocol):
    """What the application needs of WeChat."""

    def identify(self, code: str) -> Identity:
        """Who is behind a code of `wx.login`; the code is used up. Raises the errors of `auth.errors`."""

    def phone_number(self, code: str) -> str:
        """The phone number behind a code of a phone-number button; the code is used up."""


def use(app: HasExtensions, chosen: Gateway) -> None:
    """Make `chosen` the application's gateway."""
    app.extensions[EXTENSION] = chosen


def gateway() -> Gateway:
    """The running application's gateway."""
    chosen: Gateway = running.extension(EXTENSION)
    return chosen
