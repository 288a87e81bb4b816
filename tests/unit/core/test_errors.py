"""The errors: status, message, data and headers are what the client gets."""

from backend.core import errors
from backend.core.errors import AppError
from tests.framework.tables import table

STATUSES = {
    errors.AppError: 500,
    errors.BadRequestError: 400,
    errors.UnauthorizedError: 401,
    errors.InvalidTokenError: 401,
    errors.ExpiredTokenError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.PathNotFoundError: 404,
    errors.MethodNotAllowedError: 405,
    errors.BodyTooLargeError: 413,
    errors.UnsupportedMediaTypeError: 415,
    errors.ConflictError: 409,
    errors.DuplicateError: 409,
    errors.InUseError: 409,
    errors.ChangedMeanwhileError: 409,
    errors.TooManyRequestsError: 429,
    errors.ServiceUnavailableError: 503,
    errors.DatabaseUnavailableError: 503,
}
HEADERS = {
    errors.UnauthorizedError: {"WWW-Authenticate": "Bearer"},
    errors.InvalidTokenError: {"WWW-Authenticate": 'Bearer error="invalid_token"'},
    errors.ExpiredTokenError: {"WWW-Authenticate": 'Bearer error="invalid_token"'},
    errors.TooManyRequestsError: {"Retry-After": "60"},
    errors.ServiceUnavailableError: {"Retry-After": "2"},
    errors.DatabaseUnavailableError: {"Retry-After": "2"},
}


def every_error() -> set[type[AppError]]:
    return {kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, AppError)}


def test_no_error_is_missing_here():
    assert every_error() == {
        *STATUSES,
        errors.InvalidInputError,
        errors.UnknownReferenceError,
        errors.ValueRefusedError,
    }


@table("kind, status", STATUSES.items())
def test_each_error_has_its_status_message_and_headers(kind, status):
    error = kind()

    assert error.status == status
    assert error.msg == kind.msg == str(error)
    assert error.headers == HEADERS.get(kind, {})
    assert error.data == {}
    assert kind("Something else.").msg == "Something else."


def test_data_and_headers_are_copied():
    data, headers = {"a": 1}, {"X": "1"}
    error = AppError(data=data, headers=headers)

    data.clear()
    headers.clear()

    assert (error.data, error.headers) == ({"a": 1}, {"X": "1"})


def test_invalid_input_carries_its_detail():
    detail = [{"loc": ["body", "a"], "msg": "no", "type": "x"}]

    error = errors.InvalidInputError(detail)

    assert (error.status, error.data) == (422, {"detail": detail})


def test_waits_and_challenges_can_be_chosen():
    assert errors.TooManyRequestsError(retry_after=5).headers == {"Retry-After": "5"}
    assert errors.ServiceUnavailableError(retry_after=7, data={"a": 1}).headers == {"Retry-After": "7"}
    assert errors.UnauthorizedError(challenge="signed").headers == {"WWW-Authenticate": "signed"}
