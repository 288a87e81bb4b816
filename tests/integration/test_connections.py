"""The connection pool: when it is empty, and when its connections break."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from backend.core.db import db, transactions
from backend.core.db import engine as db_engine
from backend.core.db import monitor as db_monitor
from tests.framework.api import Actor, Api
from tests.framework.waiting import HANG, eventually
from tests.integration.support import probes
from tests.integration.support.applications import MakeApp, checked_out, connection_id
from tests.integration.support.concurrency import at_once
from tests.integration.support.sql import Sql

ME = "/api/v1/users/me"

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def small(make_app: MakeApp) -> Flask:
    """An application that has one connection."""
    return make_app(db_pool_size=1, db_pool_timeout=0.2)


def test_without_a_free_connection_requests_are_told_to_come_back(small: Flask, actor: Actor):
    api = Api(small)

    with small.app_context(), db.engine.connect():
        refused = api.get(ME, by=actor)
        others = [api.get(path).status_code for path in ("/health/live", "/health", "/openapi.json")]

    assert refused.status_code == 503
    assert refused.json == {"code": 0, "data": {}, "msg": refused.json["msg"]}
    assert int(refused.headers["Retry-After"]) >= 1
    assert others == [200] * 3
    assert api.get(ME, by=actor).status_code == 200


def test_requests_queue_for_a_connection_that_comes_free_in_time(make_app: MakeApp, actor: Actor):
    app = make_app(db_pool_size=1)

    answers = at_once(6, lambda _: Api(app).get(ME, by=actor))

    assert [answer.status_code for answer in answers] == [200] * 6
    assert checked_out(app) == 0


def test_whatever_a_request_answers_it_gives_its_connection_back(small: Flask, actor: Actor):
    api = Api(small)

    answers = [
        api.get(ME, by=actor),
        api.get("/api/v1/users/999999", by=actor),
        api.get(ME),
        api.patch(ME, json={"nickname": ""}, by=actor),
        api.post("/api/v1/auth/refresh", json={"refresh_token": "unknown"}),
    ]

    assert [answer.status_code for answer in answers] == [200, 403, 401, 422, 401]
    assert checked_out(small) == 0


def test_a_connection_that_was_killed_while_it_was_idle_is_replaced(
    small: Flask, actor: Actor, sql: Sql, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(db_engine, "IDLE_SECONDS_BEFORE_PING", 0)
    suspicions = []
    monkeypatch.setattr(small.extensions[db_monitor.EXTENSION], "suspect", lambda: suspicions.append(1))
    killed = connection_id(small)
    sql.kill(killed)

    answer = Api(small).get(ME, by=actor)

    assert answer.status_code == 200
    assert connection_id(small) != killed
    assert suspicions == [1]


def test_a_busy_pool_is_not_pinged_and_the_request_that_meets_a_killed_connection_is_run_again(
    small: Flask, actor: Actor, sql: Sql, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(db_engine, "IDLE_SECONDS_BEFORE_PING", HANG)
    sql.kill(connection_id(small))

    answers = [Api(small).get(ME, by=actor) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3


def test_one_broken_connection_replaces_all_that_are_as_old(make_app: MakeApp, actor: Actor, sql: Sql):
    app = make_app(db_pool_size=3)
    for number in held_together(app, 3):
        sql.kill(number)

    answers = [Api(app).get(ME, by=actor) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 4


def held_together(app: Flask, count: int) -> list[int]:
    """The numbers of `count` connections that are now in the pool, all at once."""
    with app.app_context():
        connections = [db.engine.connect() for _ in range(count)]
        numbers = [connection.scalar(db.text("SELECT CONNECTION_ID()")) for connection in connections]
        for connection in connections:
            connection.close()
        return numbers


def killed_at_work(app: Flask, sql: Sql, method: str, path: str, user_id: int, **request) -> TestResponse:
    """The answer to a request whose connection is killed while it waits for the user's row."""
    sql.run("BEGIN")
    sql.run("SELECT * FROM users WHERE id = %s FOR UPDATE", user_id)
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(Api(app).call, method, path, **request)
        busy = eventually(lambda: sql.waiting("UPDATE users"), "the request waits in the database")
        sql.kill(busy[0])
        sql.run("ROLLBACK")
        return answer.result(HANG)


def test_a_request_whose_connection_is_killed_at_work_is_run_again(small: Flask, actor: Actor, sql: Sql):
    answer = killed_at_work(small, sql, "PATCH", ME, actor.id, json={"nickname": "found"}, by=actor)

    assert answer.status_code == 200
    assert sql.value("SELECT nickname FROM users WHERE id = %s", actor.id) == "found"
    assert checked_out(small) == 0


def test_a_request_that_may_not_be_run_again_is_told_to_come_back(small: Flask, actor: Actor, sql: Sql):
    refused = killed_at_work(small, sql, "POST", f"{probes.PATH}/pair/{actor.id}/{actor.id}", actor.id)

    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) >= 1
    assert sql.value("SELECT nickname FROM users WHERE id = %s", actor.id) == ""
    assert checked_out(small) == 0


def test_no_read_is_refused_while_connections_are_killed_at_work(
    make_app: MakeApp, api: Api, sql: Sql, monkeypatch: pytest.MonkeyPatch
):
    """Under each of forty requests one connection breaks: at the look-up of the caller or at the query itself."""
    monkeypatch.setattr(
        transactions, "OUTAGE_SECONDS", HANG
    )  # on a busy machine a first request may take more than a second
    app, admin = make_app(), api.login("admin")
    with app.app_context():
        engine = db.engine
    left = Countdown()

    def kill(connection: Any, *_: object) -> None:
        if left.is_over():
            sql.kill(connection.connection.dbapi_connection.thread_id())

    event.listen(engine, "before_cursor_execute", kill)
    answers = []
    for number in range(40):
        left.start(number % 2)
        answers.append(Api(app).get("/api/v1/users", by=admin).status_code)
    event.remove(engine, "before_cursor_execute", kill)

    assert answers == [200] * 40
    assert left.ended == 40


class Countdown:
    """Over once, after so many statements."""

    def __init__(self) -> None:
        self._left, self.ended = -1, 0

    def start(self, statements: int) -> None:
        self._left = statements

    def is_over(self) -> bool:
        self._left -= 1
        self.ended += self._left == -1
        return self._left == -1
