"""Error answers: whatever a request raises, the client reads one envelope, and nothing of what is inside."""

import io
from typing import Any

import pytest
from flask import abort
from limits.errors import StorageError
from pydantic import BaseModel
from sqlalchemy.exc import IntegrityError, InternalError, InvalidRequestError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, ServiceUnavailable, Unauthorized

from backend.core import errors
from backend.core.db.errors import DatabaseFault
from backend.core.errors import AppError
from backend.core.observability import metrics
from backend.core.security.access import public
from backend.core.web.route import Route
from tests.framework.tables import table
from tests.unit.core.support import app_fixture, database_error, duplicate

PLANTED = "planted-value"
LIMIT = 1024
ERRORS: list[Any] = []
ENVELOPE = {"code", "data", "msg"}


class Body(BaseModel):
    name: str


def fail() -> None:
    raise ERRORS.pop()


def read(body: Body) -> dict[str, int]:
    return {"length": len(body.name)}


def unread(number: int) -> None: ...


def give_up() -> None:
    abort(418)


ROUTES = [
    Route("POST", "/api/probe/fail", fail, public),
    Route("POST", "/api/probe/read", read, public),
    Route("POST", "/api/probe/<id:number>/unread", unread, public),
    Route("GET", "/api/probe/teapot", give_up, public),
]


app = app_fixture(ROUTES, max_body_bytes=LIMIT)


@pytest.fixture
def answer_to(client):
    """`answer_to(error)`: what the client reads when a handler raises it."""

    def call(error: Exception) -> Any:
        ERRORS.append(error)
        answer = client.post("/api/probe/fail")
        assert answer.mimetype == "application/json"
        assert set(answer.get_json()) == ENVELOPE
        assert answer.get_json()["code"] == 0
        return answer

    return call


class TestApplicationErrors:
    @table(
        "error",
        [
            errors.BadRequestError(),
            errors.UnauthorizedError(),
            errors.InvalidTokenError(),
            errors.ExpiredTokenError(),
            errors.ForbiddenError(),
            errors.NotFoundError("Thing 1 not found."),
            errors.ConflictError(),
            errors.DuplicateError(),
            errors.InvalidInputError([{"loc": ["body"], "msg": "no", "type": "x"}]),
            errors.TooManyRequestsError(),
            errors.ServiceUnavailableError(data={"database": "down"}),
            errors.DatabaseUnavailableError(),
            errors.AppError(),
        ],
    )
    def test_each_says_what_its_class_says(self, answer_to, error):
        answer = answer_to(error)

        assert answer.status_code == error.status
        assert answer.get_json() == {"code": 0, "data": error.data, "msg": error.msg}
        assert {name: answer.headers[name] for name in error.headers} == error.headers


UNAVAILABLE = "The service is not available for the moment; try again."
DATABASE = {
    "connection refused": (database_error(2003, PLANTED), 503, "connect"),
    "too many connections": (database_error(1040, PLANTED), 503, "connect"),
    "lost": (database_error(2013, PLANTED), 503, "lost"),
    "deadlock": (database_error(1213, PLANTED), 503, "conflict"),
    "read-only": (database_error(1290, PLANTED), 503, "readonly"),
    "read-only PostgreSQL": (database_error(PLANTED, sqlstate="25006", kind=InternalError), 503, "readonly"),
    "too slow": (database_error(3024, PLANTED), 503, "overload"),
    "pool exhausted": (PoolTimeoutError(PLANTED), 503, "overload"),
    "duplicate": (duplicate(), 409, "data"),
    "too long": (database_error(1406, PLANTED), 422, "client"),
    "foreign key": (database_error(1452, PLANTED, kind=IntegrityError), 422, "client"),
    "wrong password": (database_error(1045, PLANTED), 500, "config"),
    "missing table": (database_error(1146, PLANTED), 500, "config"),
    "unknown code": (database_error(9999, PLANTED), 500, "unknown"),
    "a mistake of ours": (InvalidRequestError(PLANTED), 500, "unknown"),
}
MESSAGES = {503: UNAVAILABLE, 409: "It exists already.", 422: "A value does not fit.", 500: AppError.msg}


class TestDatabaseErrors:
    @table("error, status, fault", DATABASE)
    def test_the_class_of_the_error_decides_and_nothing_of_the_database_is_told(self, answer_to, error, status, fault):
        counter = metrics.DB_FAULTS.labels(fault)._value
        before = counter.get()

        answer = answer_to(error)

        assert (answer.status_code, answer.get_json()["msg"]) == (status, MESSAGES[status])
        assert counter.get() == before + 1
        assert not [word for word in (PLANTED, "SELECT", "planted_key", "Error") if word in answer.text]

    def test_every_fault_has_a_row_here(self):
        assert {fault for _, _, fault in DATABASE.values()} == {fault.value for fault in DatabaseFault}

    def test_what_is_away_says_when_to_come_back(self, answer_to):
        assert answer_to(database_error(2013, "x")).headers["Retry-After"] == "2"

    def test_a_value_that_does_not_fit_is_a_problem_like_others(self, answer_to):
        detail = answer_to(database_error(1406, "x")).get_json()["data"]["detail"]

        problem = {"loc": ["query"], "msg": "The database refuses one of the values.", "type": "database"}
        assert detail == [problem]

    def test_the_log_says_what_the_client_is_not_told(self, answer_to, events):
        answer_to(database_error(2013, "x"))
        answer_to(database_error(1406, "Data too long for column 'name'"))

        logged = {event["event"]: event for event in events}
        assert logged["db.unavailable"]["fault"] == "lost"
        assert "Data too long" in logged["db.refused"]["error"]


class TestUnexpectedErrors:
    @table("error", [RuntimeError(PLANTED), KeyError(PLANTED), OverflowError(PLANTED), RecursionError(PLANTED)])
    def test_the_client_learns_nothing_and_the_log_everything(self, answer_to, events, error):
        answer = answer_to(error)

        assert (answer.status_code, answer.get_json()) == (500, {"code": 0, "data": {}, "msg": AppError.msg})
        failed = [event for event in events if event["event"] == "request.failed"][-1]
        assert (failed["exc_info"], failed["path"]) == (error, "/api/probe/fail")

    def test_an_error_of_the_rate_limits_storage_is_unavailability(self, answer_to):
        answer = answer_to(StorageError(ConnectionError(PLANTED)))

        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
        assert PLANTED not in answer.text


class TestHttpErrors:
    MESSAGES = {  # noqa: RUF012
        404: "Nothing is here; see /docs for the paths that exist.",
        405: "This path does not take this method; the Allow header lists those that it takes.",
    }

    @table(
        "request_line, status",
        [
            ("GET /nowhere", 404),
            ("DELETE /nowhere", 404),
            ("GET /health/", 404),
            ("POST /health", 405),
            ("BREW /health", 405),
        ],
    )
    def test_what_the_routing_refuses(self, client, request_line, status):
        method, path = request_line.split()

        answer = client.open(path, method=method)

        assert answer.status_code == status
        assert answer.get_json() == {"code": 0, "data": {}, "msg": self.MESSAGES[status]}

    def test_405_lists_the_methods(self, client):
        assert set(client.post("/health").headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}

    def test_an_aborted_request_has_an_envelope(self, client):
        answer = client.get("/api/probe/teapot")

        assert (answer.status_code, answer.get_json()["code"]) == (418, 0)
        assert "<" not in answer.text

    def test_headers_that_say_what_to_do_are_kept(self, answer_to):
        assert answer_to(ServiceUnavailable(retry_after=9)).headers["Retry-After"] == "9"
        assert answer_to(MethodNotAllowed(["GET"])).headers["Allow"] == "GET"
        assert answer_to(Unauthorized()).status_code == 401

    def test_an_http_error_without_words_gets_its_name(self, answer_to):
        class Odd(HTTPException):
            code = 451

        assert answer_to(Odd()).get_json()["msg"] == "Unavailable For Legal Reasons"


class TestLargeBodies:
    MSG = "The request body is too large."

    def body(self, size: int) -> bytes:
        return b'{"name": "' + b"x" * (size - 12) + b'"}'

    def refused(self, answer) -> bool:
        return (answer.status_code, answer.get_json().get("msg")) == (413, self.MSG)

    def test_up_to_the_limit_a_body_is_read_and_a_byte_more_is_refused(self, client):
        largest, larger = (
            client.post("/api/probe/read", data=self.body(size), content_type="application/json")
            for size in (LIMIT, LIMIT + 1)
        )

        assert largest.get_json()["data"] == {"length": LIMIT - 12}
        assert self.refused(larger)

    @table("path", ["/api/probe/1/unread", "/nowhere", "/health"])
    def test_by_its_declared_length_on_every_path(self, client, path):
        answer = client.post(path, data=self.body(LIMIT + 1))

        assert answer.status_code == 413

    def test_a_chunked_body_is_refused_by_its_real_length(self, client):
        within, beyond = (self.post_chunked(client, self.body(size)) for size in (LIMIT - 1, LIMIT + 1))

        assert within.status_code == 200
        assert self.refused(beyond)

    @staticmethod
    def post_chunked(client, body: bytes):
        """As a server hands it over: without a length, with an end."""
        environ = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
        return client.post("/api/probe/read", content_type="application/json", environ_overrides=environ)
