"""Endpoints: typed functions become views; what goes in is checked, and what comes out is built before the commit."""

import gzip
from typing import Literal

import pytest
from flask import Response
from pydantic import BaseModel, ConfigDict, Field, field_serializer

from backend.core.db import db
from backend.core.errors import ConflictError
from backend.core.security.access import public, user
from backend.core.security.principal import Principal
from backend.core.web.endpoint import Endpoint
from backend.core.web.route import Route
from tests.framework.tables import table
from tests.unit.core.support import Thing, anybody, app_fixture, bearer, deadlock, things

EVENTS: list[str] = []
ERRORS: list[Exception] = []


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=8)
    count: int = 1


class Query(BaseModel):
    model_config = ConfigDict(extra="forbid")

    page: int = 1
    kind: Literal["a", "b"] | None = None
    tags: list[str] = []


class Out(BaseModel):
    name: str

    @field_serializer("name")
    def _dump(self, name: str) -> str:
        EVENTS.append("answer built")
        return name


def nothing() -> None:
    """Do nothing."""


def number() -> int:
    return 7


def listed() -> list[Out]:
    return [Out(name="x"), Out(name="名")]


def created(body: Body) -> Out:
    """Create something

    And say more about it.
    """
    return Out(name=body.name)


def queried(query: Query) -> dict[str, object]:
    return query.model_dump()


def everything(principal: Principal, body: Body, query: Query, first: int, second: str) -> list[object]:
    return [principal.user_id, body.name, query.page, first, second]


def raw() -> Response:
    return Response("as it is", 202, mimetype="text/plain")


def store_by(method: str) -> Route:
    """A route that stores a thing, then meets an error, if there is one left."""

    def store() -> Out:
        EVENTS.append("called")
        db.session.add(Thing(name=f"thing {len(EVENTS)}"))
        db.session.flush()
        if ERRORS:
            raise ERRORS.pop()
        return Out(name="stored")

    store.__name__ = f"store_by_{method.lower()}"
    return Route(method, "/api/probe/store", store, public)


ROUTES = [
    Route("GET", "/api/probe/nothing", nothing, public),
    Route("GET", "/api/probe/number", number, public),
    Route("GET", "/api/probe/listed", listed, public),
    Route("POST", "/api/probe/created", created, public, status=201),
    Route("GET", "/api/probe/queried", queried, public),
    Route("PUT", "/api/probe/<id:first>/<second>", everything, user),
    Route("GET", "/api/probe/raw", raw, public),
    *map(store_by, ("GET", "POST", "PUT", "PATCH", "DELETE")),
]


app = app_fixture(ROUTES, loader=anybody)


@pytest.fixture(autouse=True)
def nothing_left():
    EVENTS.clear()
    ERRORS.clear()


NO_JSON = (None, "text/plain", "application/x-www-form-urlencoded", "application/json-seq")


def post(client, body: bytes | str, content_type: str | None = "application/json", path: str = "created"):
    return client.post(f"/api/probe/{path}", data=body, content_type=content_type)


class TestAnswers:
    @table("path, data", [("nothing", {}), ("number", 7), ("listed", [{"name": "x"}, {"name": "名"}])])
    def test_what_is_returned_is_the_data(self, client, path, data):
        answer = client.get(f"/api/probe/{path}")

        assert answer.get_json() == {"code": 1, "data": data, "msg": "success"}
        assert answer.status_code == 200

    def test_the_status_is_the_routes(self, client):
        assert post(client, '{"name": "x"}').status_code == 201

    def test_a_response_is_passed_on_as_it_is(self, client):
        answer = client.get("/api/probe/raw")

        assert (answer.status_code, answer.text, answer.mimetype) == (202, "as it is", "text/plain")


class TestParameters:
    def test_every_kind_at_once(self, app, client):
        answer = client.put("/api/probe/12/ab?page=3", json={"name": "x"}, headers=bearer(app, 5))

        assert answer.get_json()["data"] == [5, "x", 3, 12, "ab"]

    def test_the_body_is_read_only_by_those_who_may(self, client):
        answer = client.put("/api/probe/12/ab", data="not json")

        assert answer.status_code == 401

    @table(
        "text, data",
        [
            ("", {"page": 1, "kind": None, "tags": []}),
            ("page=2&kind=a", {"page": 2, "kind": "a", "tags": []}),
            ("tags=x&tags=y", {"page": 1, "kind": None, "tags": ["x", "y"]}),
        ],
    )
    def test_the_query_string(self, client, text, data):
        assert client.get(f"/api/probe/queried?{text}").get_json()["data"] == data

    @table(
        "text, loc, kind",
        [
            ("page=x", ["query", "page"], "int_parsing"),
            ("page=1&page=2", ["query", "page"], "int_type"),
            ("kind=c", ["query", "kind"], "literal_error"),
            ("other=1", ["query", "other"], "extra_forbidden"),
        ],
    )
    def test_a_query_string_that_does_not_fit(self, client, text, loc, kind):
        answer = client.get(f"/api/probe/queried?{text}")

        detail = answer.get_json()["data"]["detail"]
        assert answer.status_code == 422
        assert [(problem["loc"], problem["type"]) for problem in detail] == [(loc, kind)]

    def test_nul_in_the_query_string_is_a_broken_request(self, client):
        assert client.get("/api/probe/queried?kind=%00").status_code == 400


class TestBody:
    def test_every_problem_is_listed_and_no_value_repeated(self, client):
        answer = post(client, '{"name": "planted-value", "count": "planted-count", "extra": "planted-extra"}')

        detail = answer.get_json()["data"]["detail"]
        assert answer.status_code == 422
        assert answer.get_json()["msg"] == "Some values are not valid; data.detail lists them."
        assert {tuple(problem["loc"]) for problem in detail} == {("body", n) for n in ("name", "count", "extra")}
        assert {frozenset(problem) for problem in detail} == {frozenset({"loc", "msg", "type"})}
        assert "planted" not in answer.text

    @table("body", ["[]", "1", '"text"', "null"])
    def test_json_that_is_no_object_does_not_fit(self, client, body):
        assert post(client, body).status_code == 422

    DEEP = '{"name":' + "[" * 400 + "]" * 400 + "}"  # deeper than pydantic's parser goes, not too deep for Python's

    @table("body", ["", "{", '{"name": "x", "name": "y"}', b"\xff", '{"count": 1e999}', DEEP])
    def test_broken_json_is_a_broken_request(self, client, body):
        assert post(client, body).status_code == 400

    @table("encoding", ["gzip", "br", "deflate", "GZIP", "gzip, identity"])
    def test_a_compressed_body_is_refused_with_what_is_taken(self, client, encoding):
        body, headers = gzip.compress(b'{"name": "x"}'), {"Content-Encoding": encoding}

        response = client.post("/api/probe/created", data=body, content_type="application/json", headers=headers)

        assert response.status_code == 415
        assert response.headers["Accept-Encoding"] == "identity"
        assert response.json["msg"] == "Send the body as it is, without Content-Encoding."

    @table("parameters", ["", "; charset=utf-8", ";charset=UTF8"])
    def test_json_in_utf8_is_read(self, client, parameters):
        for kind in ("application/json", "APPLICATION/JSON"):
            assert post(client, '{"name": "名"}'.encode(), kind + parameters).get_json()["data"] == {"name": "名"}

    @table(
        "content_type, msg",
        [
            *((kind, "Send the body with 'Content-Type: application/json'.") for kind in NO_JSON),
            ("application/json; charset=gbk", "Send the body in UTF-8."),
            ("application/json; charset=utf-16", "Send the body in UTF-8."),
        ],
    )
    def test_another_type_or_charset_is_refused(self, client, content_type, msg):
        answer = post(client, '{"name": "x"}', content_type)

        assert (answer.status_code, answer.get_json()["msg"]) == (415, msg)


class TestTransaction:
    @pytest.fixture
    def commits(self, monkeypatch):
        """Writes down when a commit happens."""
        commit = db.session.commit
        monkeypatch.setattr(db.session, "commit", lambda: (EVENTS.append("commit"), commit()))

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    @pytest.mark.usefixtures("commits")
    def test_the_answer_is_built_before_the_commit(self, client, app, method):
        client.open("/api/probe/store", method=method)

        assert EVENTS == ["called", "answer built", "commit"]
        assert len(things(app)) == 1

    @pytest.mark.parametrize("method", ["GET", "HEAD"])
    @pytest.mark.usefixtures("commits")
    def test_reading_never_commits(self, client, app, method):
        client.open("/api/probe/store", method=method)

        assert "commit" not in EVENTS
        assert things(app) == []

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
    @pytest.mark.parametrize(("error", "status"), [(ConflictError(), 409), (RuntimeError("x"), 500)])
    def test_an_error_rolls_back(self, client, app, method, error, status):
        ERRORS.append(error)

        answer = client.open("/api/probe/store", method=method)

        assert answer.status_code == status
        assert things(app) == []

    @pytest.mark.parametrize(
        ("method", "deadlocks", "calls", "status"),
        [
            ("POST", 1, 1, 503),
            ("PATCH", 1, 2, 200),
            ("PATCH", 2, 3, 200),
            ("PATCH", 3, 3, 503),
            ("PUT", 1, 2, 200),
            ("DELETE", 1, 2, 200),
            ("GET", 1, 2, 200),
        ],
    )
    @pytest.mark.usefixtures("no_waiting")
    def test_after_a_deadlock_all_but_post_are_run_again(self, client, method, deadlocks, calls, status):
        ERRORS.extend(deadlock() for _ in range(deadlocks))

        answer = client.open("/api/probe/store", method=method)

        assert answer.status_code == status
        assert EVENTS.count("called") == calls


class TestDescription:
    def endpoint(self, handler) -> Endpoint:
        return Endpoint(Route("POST", "/api/probe", handler, public), "probe")

    def test_the_types_say_what_is_taken_and_given(self):
        endpoint = self.endpoint(everything)

        assert (endpoint.body, endpoint.query, endpoint.wants_principal) == (Body, Query, True)
        assert endpoint.returns == list[object]

    @table("handler, summary", [(created, "Create something"), (nothing, "Do nothing"), (number, "number")])
    def test_the_first_line_is_the_summary(self, handler, summary):
        assert self.endpoint(handler).summary == summary

    def test_a_handler_must_say_what_it_returns(self):
        def silent(): ...

        with pytest.raises(KeyError, match="return"):
            self.endpoint(silent)
