"""What can go wrong while logging in."""

from backend.core.errors import ForbiddenError, ServiceUnavailableError, TooManyRequestsError, UnauthorizedError


class LoginCodeError(UnauthorizedError):
    msg = "The code is not valid; call wx.login again and send the new code."


class LoginRateError(TooManyRequestsError):
    msg = "WeChat allows no more logins of this user for now."


class AccountBlockedError(ForbiddenError):
    msg = "WeChat blocks this account."


class UserDisabledError(ForbiddenError):
    msg = "This account is disabled."


class RefreshTokenError(UnauthorizedError):
    msg = "The refresh token is not valid; log in again."


class WeChatUnavailableError(ServiceUnavailableError):
    msg = "WeChat does not answer for the moment; call wx.login again and retry."
