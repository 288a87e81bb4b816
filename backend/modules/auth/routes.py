"""The auth routes."""

from backend.core.security.access import public, signature, user
from backend.core.web.route import Route
from backend.modules.auth import cloud_run, controller
from backend.modules.auth.errors import (
    AccountBlockedError,
    LoginCodeError,
    LoginRateError,
    RefreshTokenError,
    SessionNotFoundError,
    UserDisabledError,
    WeChatUnavailableError,
)
from backend.modules.users.errors import PhoneTakenError

WECHAT_ERRORS = [LoginCodeError, LoginRateError, AccountBlockedError, WeChatUnavailableError]

ROUTES = [
    Route(
        "POST",
        "/api/v1/auth/wechat/login",
        controller.wechat_login,
        public,
        rate="60/minute",
        raises=[*WECHAT_ERRORS, UserDisabledError],
        transaction="steps",
    ),
    Route(
        "POST",
        "/api/v1/auth/wechat/cloud",
        controller.wechat_cloud_login,
        signature(cloud_run.SCHEME),
        rate="60/minute",
        raises=[UserDisabledError],
        transaction="steps",
    ),
    Route(
        "POST",
        "/api/v1/auth/wechat/phone",
        controller.bind_phone,
        user,
        rate="10/minute",
        raises=[*WECHAT_ERRORS, PhoneTakenError],
        transaction="steps",
    ),
    Route(
        "POST",
        "/api/v1/auth/refresh",
        controller.refresh,
        public,
        rate="60/minute",
        raises=[RefreshTokenError],
        replay=True,
    ),
    Route("POST", "/api/v1/auth/logout", controller.logout, user, replay=True),
    Route("GET", "/api/v1/auth/sessions", controller.list_sessions, user),
    Route(
        "DELETE", "/api/v1/auth/sessions/<id:session_id>", controller.end_session, user, raises=[SessionNotFoundError]
    ),
]
