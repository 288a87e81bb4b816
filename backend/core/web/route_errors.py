"""Which errors a route can answer with: those that it states, and those that every route of its kind has."""

from collections.abc import Iterator

from backend.core.errors import (
    AppError,
    BadRequestError,
    BodyTooLargeError,
    DatabaseUnavailableError,
    DuplicateError,
    ExpiredTokenError,
    ForbiddenError,
    InvalidInputError,
    InvalidTokenError,
    NotFoundError,
    PathNotFoundError,
    ServiceUnavailableError,
    TooManyRequestsError,
    UnauthorizedError,
    UnsupportedMediaTypeError,
    ValueRefusedError,
)
from backend.core.web.endpoint import Endpoint

Errors = set[type[AppError]]

EVERYWHERE: Errors = {AppError, BadRequestError, BodyTooLargeError, ServiceUnavailableError, DatabaseUnavailableError}
TOKENS: Errors = {UnauthorizedError, InvalidTokenError, ExpiredTokenError}


def errors_of(endpoint: Endpoint) -> Errors:
    """The classes of all errors that this route can answer with."""
    route = endpoint.route
    kinds: list[tuple[bool, Errors]] = [
        (True, EVERYWHERE),
        (route.access.kind in ("user", "permission"), TOKENS),
        (route.access.kind == "signature", {UnauthorizedError}),
        (route.access.kind == "permission", {ForbiddenError}),
        ("<" in route.path, {NotFoundError, PathNotFoundError}),
        (endpoint.body is not None, {UnsupportedMediaTypeError}),
        (endpoint.body is not None or endpoint.query is not None, {InvalidInputError, ValueRefusedError}),
        (route.rate is not None, {TooManyRequestsError}),
    ]
    found = {error for stated in route.raises for error in _with_kinds(stated)}
    found = found.union(*(errors for holds, errors in kinds if holds))
    return found | ({DuplicateError} if any(error.status == 409 for error in found) else set())


def _with_kinds(error: type[AppError]) -> Iterator[type[AppError]]:
    """The class and all of its subclasses."""
    yield error
    for kind in error.__subclasses__():
        yield from _with_kinds(kind)


def error_codes(endpoint: Endpoint) -> dict[int, list[str]]:
    """The words that X-Error-Code can have, by status."""
    codes: dict[int, list[str]] = {}
    for error in sorted(errors_of(endpoint), key=lambda error: error.code):
        codes.setdefault(error.status, []).append(error.code)
    return codes
