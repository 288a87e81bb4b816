"""Transactions that get into each other's way: who is run again, who is told to come back, who is told no."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from backend.core.db import db
from backend.core.errors import DuplicateError
from backend.core.observability import metrics
from backend.modules.users import service as users
from tests.framework.api import Actor, Api
from tests.framework.waiting import HANG, eventually
from tests.integration.support import probes
from tests.integration.support.applications import AS_IN_PRODUCTION, MakeApp
from tests.integration.support.concurrency import at_once
from tests.integration.support.sql import Sql

ME = "/api/v1/users/me"

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def locked(sql: Sql, actor: Actor) -> Iterator[Sql]:
    """The actor's row is locked by somebody else, until `ROLLBACK`."""
    sql.run("BEGIN")
    sql.run("SELECT * FROM users WHERE id = %s FOR UPDATE", actor.id)
    yield sql
    sql.run("ROLLBACK")


def retries() -> float:
    return metrics.RETRIES.labels("database")._value.get()


def cross(app: Flask, api: Api, method: str, route: str = "pair"):
    """Two requests that write to the same two users, each in the other's order."""
    one, two = api.login().id, api.login().id
    probes.let_meet(app)
    paths = [f"{probes.PATH}/{route}/{one}/{two}", f"{probes.PATH}/{route}/{two}/{one}"]
    return at_once(2, lambda number: Api(app).call(method, paths[number]))


@pytest.mark.parametrize("route", ["pair", "nested"])
def test_of_two_requests_in_a_deadlock_one_is_run_again_and_both_succeed(app: Flask, api: Api, sql: Sql, route: str):
    before = retries()

    answers = cross(app, api, "PATCH", route)

    assert [answer.status_code for answer in answers] == [200, 200]
    assert retries() > before
    assert len(sql.rows("SELECT DISTINCT nickname FROM users")) == 1  # both rows are of the one who came last


def test_a_request_that_may_not_be_run_again_is_told_to_come_back(app: Flask, api: Api, sql: Sql):
    answers = cross(app, api, "POST")

    refused = next(answer for answer in answers if answer.status_code != 200)
    assert sorted(answer.status_code for answer in answers) == [200, 503]
    assert int(refused.headers["Retry-After"]) >= 1
    assert len(sql.rows("SELECT DISTINCT nickname FROM users")) == 1  # nothing of the loser is left


def test_a_row_that_stays_locked_is_an_answer_and_no_hang(make_app: MakeApp, actor: Actor, locked: Sql):
    api = Api(make_app(**AS_IN_PRODUCTION))

    refused = api.patch(ME, json={"nickname": "late"}, by=actor)

    assert refused.status_code == 503
    assert refused.json["code"] == 0
    assert int(refused.headers["Retry-After"]) >= 1
    locked.run("ROLLBACK")
    assert api.patch(ME, json={"nickname": "in time"}, by=actor).status_code == 200


def test_a_lock_that_is_given_up_in_time_is_waited_for(app: Flask, actor: Actor, locked: Sql):
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(Api(app).patch, ME, json={"nickname": "patient"}, by=actor)
        eventually(lambda: locked.waiting("UPDATE users"), "the request waits for the row")
        locked.run("ROLLBACK")

        assert answer.result(HANG).json["data"]["nickname"] == "patient"


def test_reading_does_not_wait_for_somebody_who_writes(api: Api, actor: Actor, locked: Sql):
    locked.run("UPDATE users SET nickname = 'uncommitted' WHERE id = %s", actor.id)

    answer = api.get(ME, by=actor)

    assert answer.status_code == 200
    assert answer.json["data"]["nickname"] == ""


@pytest.mark.parametrize("path", ["users", "raw-users"])
def test_a_value_that_exists_already_is_a_conflict(api: Api, path: str):
    first = api.post(f"{probes.PATH}/{path}", json={"openid": "o-1"})
    second = api.post(f"{probes.PATH}/{path}", json={"openid": "o-1"})

    assert (first.status_code, second.status_code) == (200, 409)
    assert "o-1" not in second.text


def answer_in_the_end(app: Flask, path: str, body: dict[str, str]) -> TestResponse:
    """What a client gets that comes back when it is told to: InnoDB may end twins' transactions as a deadlock (503)."""
    api = Api(app)
    return eventually(lambda: unless(api.post(path, json=body), 503), "an answer that is final")


def unless(answer: TestResponse, status: int) -> TestResponse | None:
    return None if answer.status_code == status else answer


@pytest.mark.parametrize("path", ["users", "raw-users"])
def test_of_many_who_store_the_same_value_one_succeeds(app: Flask, path: str, sql: Sql):
    answers = at_once(4, lambda _: answer_in_the_end(app, f"{probes.PATH}/{path}", {"openid": "o-1"}))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert sql.value("SELECT COUNT(*) FROM users") == 1


def test_of_many_with_the_same_unique_value_at_once_one_is_stored_and_the_others_are_told_which_field(
    app: Flask, sql: Sql
):
    def create(_: int) -> list[str]:
        with app.app_context():
            try:
                users.users.create(openid="the same")
                db.session.commit()
            except DuplicateError as error:
                return error.data["fields"]
        return []

    told = at_once(8, create)

    assert sorted(told) == [[], *[["openid"]] * 7]
    assert sql.value("SELECT COUNT(*) FROM users WHERE openid = 'the same'") == 1
