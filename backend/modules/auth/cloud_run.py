"""WeChat Cloud Run: its ingress names the user in a header, which is believed only where the ingress is the sole way in."""

from collections.abc import Callable

from flask import Request

from backend.modules.auth.settings import WeChatSettings
from backend.modules.auth.wechat import Identity

SCHEME = "wechat-cloud-run"
SOURCE_HEADER = "X-WX-SOURCE"  # only the private link sets it
OPENID_HEADER = "X-WX-OPENID"
UNIONID_HEADER = "X-WX-UNIONID"


def check_of(settings: WeChatSettings) -> Callable[[Request], bool]:
    """The check whether a request came through WeChat Cloud Run's ingress; always False without WECHAT_CLOUD_RUN=true."""

    def check(request: Request) -> bool:
        came_through = settings.wechat_cloud_run and bool(request.headers.get(SOURCE_HEADER))
        return came_through and _is_openid(request.headers.get(OPENID_HEADER, ""))

    return check


def identity_of(request: Request) -> Identity:
    """The identity that the ingress names; use it only after the check has passed."""
    unionid = request.headers.get(UNIONID_HEADER, "")
    return Identity(request.headers[OPENID_HEADER], unionid if _is_openid(unionid) else None)


def _is_openid(value: str) -> bool:
    return 6 <= len(value) <= 64 and value.isascii() and all(c.isalnum() or c in "_-" for c in value)
