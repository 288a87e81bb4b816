"""The errors that clients read: each class states its HTTP status, its message, and a word that programs compare.

docs/errors.md lists them all.
"""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from backend.core.headers import RETRY_AFTER
from backend.core.texts import _


class AppError(Exception):
    """Base of every error that the client may read; `core.web.error_handlers` renders it in the envelope.

    `code` goes with it as X-Error-Code. Without one it is the name of the class without `Error`: OrderNotFoundError is
    order_not_found. If you rename a class, keep its old code.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "server_error"
    msg: str = _("The server could not handle the request.")

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "code" not in vars(cls):
            cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__.removesuffix("Error")).lower()

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
    msg = _("The request could not be read.")


class UnauthorizedError(AppError):
    """No valid credentials were sent; carries `WWW-Authenticate` (RFC 6750 section 3)."""

    status = 401
    msg = _("Log in first: send 'Authorization: Bearer <access token>'.")

    def __init__(self, msg: str | None = None, *, challenge: str = "Bearer") -> None:
        super().__init__(msg, headers={"WWW-Authenticate": challenge})


class InvalidTokenError(UnauthorizedError):
    """An access token was sent and is not accepted."""

    msg = _("The access token is not valid; log in again.")

    def __init__(self, msg: str | None = None) -> None:
        super().__init__(msg, challenge='Bearer error="invalid_token"')


class ExpiredTokenError(InvalidTokenError):
    """The access token is too old; the refresh token gets a new one."""

    msg = _("The access token has expired; refresh it.")


class ForbiddenError(AppError):
    status = 403
    msg = _("You are not allowed to do this.")


class NotFoundError(AppError):
    status = 404
    msg: str = _("Not found.")


class PathNotFoundError(NotFoundError):
    """No route has this path."""

    msg = _("Nothing is here; see /docs for the paths that exist.")


class MethodNotAllowedError(AppError):
    status = 405
    msg = _("This path does not take this method; the Allow header lists those that it takes.")


class BodyTooLargeError(AppError):
    status = 413
    msg = _("The request body is too large.")


class UnsupportedMediaTypeError(AppError):
    status = 415
    msg = _("Send the body with 'Content-Type: application/json'.")


class ConflictError(AppError):
    """The request conflicts with the current state."""

    status = 409
    msg = _("The request conflicts with the current state.")


class DuplicateError(ConflictError):
    """A unique value exists already."""

    msg = _("It exists already.")


class ChangedMeanwhileError(ConflictError):
    """Somebody else has changed or deleted the record since it was read."""

    msg = _("Somebody else has changed it meanwhile; read it again.")


class UnknownReferenceError(ConflictError):
    """A field holds the id of a record that does not exist, or that is another user's: nobody learns which."""

    def __init__(self, field: str) -> None:
        super().__init__(_("There is no such record: {field}.", field=field), data={"fields": [field]})


class InUseError(ConflictError):
    """Other records refer to this one."""

    msg = _("It is still in use; delete first what refers to it.")


class InvalidInputError(AppError):
    """The request was read and its values are not acceptable; `detail` is a list of `{loc, msg, type}`."""

    status = 422
    msg = _("Some values are not valid; data.detail lists them.")

    def __init__(self, detail: list[dict[str, Any]]) -> None:
        super().__init__(data={"detail": detail})


class ValueRefusedError(InvalidInputError):
    """The database does not take a value that passed every check before."""

    msg = _("A value does not fit.")


class TooManyRequestsError(AppError):
    status = 429
    msg = _("Too many requests; slow down.")

    def __init__(self, msg: str | None = None, *, retry_after: int = 60) -> None:
        super().__init__(msg, headers={RETRY_AFTER: str(retry_after)})


class ServiceUnavailableError(AppError):
    """The answer needs something that is unavailable for now; `retry_after` is in seconds."""

    status = 503
    msg = _("The service is not available for the moment; try again.")

    def __init__(self, msg: str | None = None, *, retry_after: int = 2, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(msg, data=data, headers={RETRY_AFTER: str(retry_after)})


class DatabaseUnavailableError(ServiceUnavailableError):
    """The database is away, overloaded or read-only."""
