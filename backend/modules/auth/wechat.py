"""The way to WeChat: who is behind a code, and which phone number. `gateway()` is the real one or the stand-in.

What WeChat answers never leaves this file as it is: session_key is dropped on arrival, errors become ours.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from flask import Flask, Request, current_app

from backend.modules.auth.settings import WeChatSettings

EXTENSION = "wechat"
CLOUD_RUN = "wechat-cloud-run"
OPENID_HEADER = "X-WX-OPENID"
UNIONID_HEADER = "X-WX-UNIONID"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is to WeChat. `unionid` only where the mini-program belongs to an Open Platform account."""

    openid: str
    unionid: str | None = None


class Gateway(Protocol):
    """What the application needs of WeChat."""

    def identify(self, code: str) -> Identity:
        """Who is behind a code of `wx.login`; the code is used up. Raises the errors of `auth.errors`."""

    def phone_number(self, code: str) -> str:
        """The phone number behind a code of a phone-number button; the code is used up."""


def use(app: Flask, chosen: Gateway) -> None:
    """Make `chosen` the application's way to WeChat."""
    app.extensions[EXTENSION] = chosen


def gateway() -> Gateway:
    """The running application's gateway."""
    chosen: Gateway = current_app.extensions[EXTENSION]
    return chosen


def cloud_run_check(settings: WeChatSettings) -> Callable[[Request], bool]:
    """Whether a request came through WeChat Cloud Run's ingress; never unless WECHAT_CLOUD_RUN says so."""

    def check(request: Request) -> bool:
        return settings.wechat_cloud_run and _is_openid(request.headers.get(OPENID_HEADER, ""))

    return check


def cloud_run_identity(request: Request) -> Identity:
    """Whom the ingress names; only after `cloud_run_check` has passed."""
    unionid = request.headers.get(UNIONID_HEADER, "")
    return Identity(request.headers[OPENID_HEADER], unionid if _is_openid(unionid) else None)


def _is_openid(value: str) -> bool:
    return 6 <= len(value) <= 64 and value.isascii() and all(c.isalnum() or c in "_-" for c in value)
