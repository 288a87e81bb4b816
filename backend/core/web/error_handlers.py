"""Turns whatever a request raises into the envelope: no stack trace, no SQL, no HTML, whatever happens."""

import math
import re

import structlog
from flask import Flask, Response, request
from limits.errors import StorageError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from backend.core.db.errors import UNAVAILABLE, DatabaseFault, classify
from backend.core.errors import (
    AppError,
    BadRequestError,
    BodyTooLargeError,
    DatabaseUnavailableError,
    DuplicateError,
    MethodNotAllowedError,
    PathNotFoundError,
    ServiceUnavailableError,
    TooManyRequestsError,
    UnsupportedMediaTypeError,
    ValueRefusedError,
)
from backend.core.headers import RETRY_AFTER
from backend.core.observability import metrics
from backend.core.texts import _
from backend.core.web.envelope import failure

log = structlog.get_logger(__name__)

OF_STATUS: dict[int, type[AppError]] = {
    error.status: error
    for error in (
        AppError,
        BadRequestError,
        PathNotFoundError,
        MethodNotAllowedError,
        BodyTooLargeError,
        UnsupportedMediaTypeError,
        TooManyRequestsError,
        ServiceUnavailableError,
    )
}
KEPT_HEADERS = ("Allow", RETRY_AFTER, "WWW-Authenticate")


class OtherHttpError(AppError):
    """A Werkzeug error without a class of ours: it keeps its status and English text; its name is the code."""

    def __init__(self, error: HTTPException) -> None:
        super().__init__(error.description or error.name)
        self.status = error.code or 500  # type: ignore[misc]
        self.code = "_".join(re.findall("[a-z]+", error.name.lower()))  # type: ignore[misc]


def init_app(app: Flask) -> None:
    app.register_error_handler(AppError, failure)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SQLAlchemyError, _database_error)
    app.register_error_handler(StorageError, _storage_error)
    app.register_error_handler(Exception, _unexpected)
    app.before_request(_refuse_large_body)


def _refuse_large_body() -> None:
    """Refuse by the declared length, on every route; a body longer than declared is refused while it is read."""
    if "CONTENT_LENGTH" not in request.environ:
        return
    declared = request.content_length
    if declared and declared > (request.max_content_length or math.inf):
        raise RequestEntityTooLarge


def _http_error(error: HTTPException) -> Response:
    known = OF_STATUS.get(error.code or 500)
    told = known() if known else OtherHttpError(error)
    sent = dict(error.get_headers())
    told.headers |= {name: sent[name] for name in KEPT_HEADERS if name in sent}
    return failure(told)


def _database_error(error: SQLAlchemyError) -> Response:
    """Answer by the class of the error; the database's own text goes to our log alone."""
    fault = classify(error)
    metrics.DB_FAULTS.labels(fault.value).inc()
    if fault in UNAVAILABLE:
        log.warning("db.unavailable", fault=fault.value, error=type(error).__name__)
        return failure(DatabaseUnavailableError())
    if fault is DatabaseFault.DATA:
        return failure(DuplicateError())
    if fault is DatabaseFault.CLIENT:
        log.warning("db.refused", error=str(getattr(error, "orig", error)))
        return failure(ValueRefusedError([_problem()]))
    return _unexpected(error)


def _problem() -> dict[str, object]:
    where = "body" if request.mimetype else "query"
    return {"loc": [where], "msg": _("The database refuses one of the values."), "type": "database"}


def _storage_error(error: StorageError) -> Response:
    log.warning("ratelimit.storage_away", error=str(error))
    return failure(ServiceUnavailableError())


def _unexpected(error: Exception) -> Response:
    """The last resort: everything to the log, nothing to the client."""
    log.error("request.failed", method=request.method, path=request.path, exc_info=error)
    return failure(AppError())
