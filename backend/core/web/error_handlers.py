"""Turns whatever a request raises into the envelope: no stack trace, no SQL, no HTML, whatever happens."""

import math

import structlog
from flask import Flask, Response, request
from limits.errors import StorageError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from backend.core.db.errors import UNAVAILABLE, Fault, classify
from backend.core.errors import (
    AppError,
    DatabaseUnavailableError,
    DuplicateError,
    ServiceUnavailableError,
)
from backend.core.observability import metrics
from backend.core.web.envelope import failure

log = structlog.get_logger(__name__)

MESSAGES = {
    400: "The request could not be read.",
    404: "Nothing is here; see /docs for the paths that exist.",
    405: "This path does not take this method; the Allow header lists those that it takes.",
    413: "The request body is too large.",
    429: "Too many requests; slow down.",
}
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")
UNREADABLE = "The server could not handle the request."


def init_app(app: Flask) -> None:
    app.register_error_handler(AppError, _app_error)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SQLAlchemyError, _database_error)
    app.register_error_handler(StorageError, _storage_error)
    app.register_error_handler(Exception, _unexpected)
    app.before_request(_refuse_large_body)


def _refuse_large_body() -> None:
    """By the declared length, on every route; what is longer than it declares is refused when it is read."""
    if "CONTENT_LENGTH" not in request.environ:
        return
    declared = request.content_length
    if declared and declared > (request.max_content_length or math.inf):
        raise RequestEntityTooLarge


def _app_error(error: AppError) -> Response:
    return failure(error.status, error.msg, error.data, error.headers)


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    sent = dict(error.get_headers())
    headers = {name: sent[name] for name in KEPT_HEADERS if name in sent}
    return failure(status, MESSAGES.get(status) or error.description or error.name, headers=headers)


def _database_error(error: SQLAlchemyError) -> Response:
    """By the class of the error; the text of the database stays in our log."""
    fault = classify(error)
    metrics.DB_FAULTS.labels(fault.value).inc()
    if fault in UNAVAILABLE:
        log.warning("db.unavailable", fault=fault.value, error=type(error).__name__)
        return _app_error(DatabaseUnavailableError())
    if fault is Fault.DATA:
        return _app_error(DuplicateError())
    if fault is Fault.CLIENT:
        log.warning("db.refused", error=str(getattr(error, "orig", error)))
        return failure(422, "A value does not fit.", {"detail": [_problem()]})
    return _unexpected(error)


def _problem() -> dict[str, object]:
    where = "body" if request.mimetype else "query"
    return {"loc": [where], "msg": "The database refuses one of the values.", "type": "database"}


def _storage_error(error: StorageError) -> Response:
    log.warning("ratelimit.storage_away", error=str(error))
    return _app_error(ServiceUnavailableError())


def _unexpected(error: Exception) -> Response:
    """The last resort: everything to the log, nothing to the client."""
    log.error("request.failed", method=request.method, path=request.path, exc_info=error)
    return failure(500, UNREADABLE)
