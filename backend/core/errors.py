"""The errors that services raise: each class states its HTTP status and the message that the client reads."""

from collections.abc import Mapping
from typing import Any, ClassVar


class AppError(Exception):
    """Base of every error that the client may read; `core.error_handlers` renders it in the envelope."""

    status: ClassVar[int] = 500
    msg: str = "The server could not handle the request."

    def __init__(
        self, msg: str | None = None, *, data: Mapping[str, Any] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self.msg = msg or type(self).msg
        self.data = dict(data or {})
        self.headers = dict(headers or {})
        super().__init__(self.msg)


class BadRequestError(AppError):
    """The request cannot be read at all: broken JSON, wrong charset, NUL characters."""

    status = 400
    msg = "The request could not be read."


class UnauthorizedError(AppError):
    """Nobody, or nobody believable, is calling; carries `WWW-Authenticate` (RFC 6750 section 3)."""

    status = 401
    msg = "Log in first: send 'Authorization: Bearer <access token>'."

    def __init__(self, msg: str | None = None, *, challenge: str = "Bearer") -> None:
        super().__init__(msg, headers={"WWW-Authenticate": challenge})


class InvalidTokenError(UnauthorizedError):
    """An access token was sent and is not accepted."""

    msg = "The access token is not valid; log in again."

    def __init__(self, msg: str | None = None) -> None:
        super().__init__(msg, challenge='Bearer error="invalid_token"')


class ExpiredTokenError(InvalidTokenError):
    """The access token is too old; the refresh token gets a new one."""

    msg = "The access token has expired; refresh it."


class ForbiddenError(AppError):
    status = 403
    msg = "You are not allowed to do this."


class NotFoundError(AppError):
    status = 404
    msg = "Not found."


class ConflictError(AppError):
    """The request contradicts the present state."""

    status = 409
    msg = "The request contradicts the present state."


class DuplicateError(ConflictError):
    """A unique value exists already."""

    msg = "It exists already."


class InvalidInputError(AppError):
    """The request was read and its values are not acceptable; `detail` is a list of `{loc, msg, type}`."""

    status = 422
    msg = "Some values are not valid; data.detail lists them."

    def __init__(self, detail: list[dict[str, Any]]) -> None:
        super().__init__(data={"detail": detail})


class TooManyRequestsError(AppError):
    status = 429
    msg = "Too many requests; slow down."

    def __init__(self, msg: str | None = None, *, retry_after: int = 60) -> None:
        super().__init__(msg, headers={"Retry-After": str(retry_after)})


class ServiceUnavailableError(AppError):
    """Something that the answer needs is away for now; `retry_after` is in seconds."""

    status = 503
    msg = "The service is not available for the moment; try again."

    def __init__(self, msg: str | None = None, *, retry_after: int = 2, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(msg, data=data, headers={"Retry-After": str(retry_after)})


class DatabaseUnavailableError(ServiceUnavailableError):
    """The database is away, overloaded or read-only."""
