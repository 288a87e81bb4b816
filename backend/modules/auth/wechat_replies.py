"""What WeChat's errcode means, as one table.

HTTP status is 200 for errors too, the content type is text/plain, errcode may be missing, 0 or text: only the body counts.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from backend.core.errors import AppError
from backend.modules.auth.errors import AccountBlockedError, LoginCodeError, LoginRateError, WeChatUnavailableError

log = structlog.get_logger(__name__)


class TokenRejectedError(WeChatUnavailableError):
    """WeChat does not take our access token any more; the client never reads this."""

    code = "wechat_token_rejected"


BUSY = -1
ERRORS: dict[int, type[AppError]] = {
    40029: LoginCodeError,
    40163: LoginCodeError,  # the code was used before
    45011: LoginRateError,
    40226: AccountBlockedError,
    40001: TokenRejectedError,  # wrong, or a newer one was fetched elsewhere
    40014: TokenRejectedError,  # not a token
    42001: TokenRejectedError,  # expired
}
CONFIGURATION = (40013, 40125, 40066, 41002, 41004)  # our AppID, our secret, our URL


def checked(reply: Mapping[str, Any], path: str) -> Mapping[str, Any]:
    """`reply`, when its errcode says success; raises the error of the table otherwise."""
    code = errcode(reply)
    if code == 0:
        return reply
    if code in CONFIGURATION:
        log.error("wechat.configuration", path=path, errcode=code)
    else:
        log.warning("wechat.refused", path=path, errcode=code)
    failure = ERRORS.get(code, WeChatUnavailableError)
    raise failure


def errcode(reply: Mapping[str, Any]) -> int:
    """The number in `errcode`: missing and null mean success, text is read, anything else is an error of its own (-2)."""
    value = reply.get("errcode")
    try:
        return int(value or 0)
    except (TypeError, ValueError, OverflowError):
        return -2
