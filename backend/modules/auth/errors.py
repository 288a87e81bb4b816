"""What can go wrong while logging in."""

from backend.core.errors import (
    ForbiddenError,
    NotFoundError,
    ServiceUnavailableError,
    TooManyRequestsError,
    UnauthorizedError,
)
from backend.core.texts import _


class LoginCodeError(UnauthorizedError):
    code = "invalid_login_code"
    msg = _("The code is not valid; call wx.login again and send the new code.")


class LoginRateError(TooManyRequestsError):
    code = "login_rate_exceeded"
    msg = _("WeChat allows no more logins of this user for now.")


class AccountBlockedError(ForbiddenError):
    msg = _("WeChat blocks this account.")


class UserDisabledError(ForbiddenError):
    msg = _("This account is disabled.")


class RefreshTokenError(UnauthorizedError):
    code = "invalid_refresh_token"
    msg = _("The refresh token is not valid; log in again.")


class SessionNotFoundError(NotFoundError):
    """There is no such session, or it is another user's: the answer does not tell which."""

    msg = _("There is no such session.")


class WeChatUnavailableError(ServiceUnavailableError):
    code = "wechat_unavailable"
    msg = _("WeChat does not answer for the moment; call wx.login again and retry.")
