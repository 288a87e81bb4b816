"""Ordering under a key on a real database: twins at the same moment, COMMITs without a reply, an inventory with a memory."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import requests_mock
from flask import Flask

from backend.settings import Settings
from tests.framework.api import Actor, Api
from tests.framework.waiting import eventually
from tests.integration.orders.fake_services import ADDRESSES, WANTED, say_yes
from tests.integration.support.applications import AS_IN_PRODUCTION, MakeApp, checked_out
from tests.integration.support.breaking import AT_COMMIT, breaker_of, nobody_is_ended  # noqa: F401 - a fixture
from tests.integration.support.concurrency import at_once
from tests.integration.support.sql import Sql

PATH = "/api/v1/orders"
TWINS = 8

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def shop(make_app: MakeApp, settings: Settings) -> Flask:
    """An application with production's time-outs and three services that say yes."""
    changes = {"db_pool_size": 10, "server_threads": 24, "db_pool_timeout": 5, "db_lock_timeout": 1}
    app = make_app(**AS_IN_PRODUCTION | ADDRESSES | changes)
    app.extensions["adapter"] = say_yes(app, settings.model_copy(update=ADDRESSES | {"server_threads": 24}))
    return app


@pytest.fixture
def fake_services(shop: Flask) -> requests_mock.Adapter:
    found: requests_mock.Adapter = shop.extensions["adapter"]
    return found


@pytest.fixture
def owner(shop: Flask) -> Actor:
    return Api(shop).login()


@pytest.fixture
def place(shop: Flask, owner: Actor) -> Callable[..., Any]:
    """Order, from any thread."""

    def send(key: str | None = "one-key", **changed: Any) -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        return Api(shop).post(PATH, json={**WANTED, **changed}, by=owner, headers=headers)

    return send


breaker = breaker_of("orders")


def calls(fake_services: requests_mock.Adapter, word: str) -> list[Any]:
    return [request for request in fake_services.request_history if request.path.endswith(word)]


def count(sql: Sql) -> int:
    return int(sql.value("SELECT COUNT(*) FROM orders"))


def told_once(fake_services: requests_mock.Adapter) -> bool:
    """Whether the receiver of the notifications knows them all for one."""
    return len({request.headers["Idempotency-Key"] for request in calls(fake_services, "send")}) == 1


class TestTwins:
    def test_are_one_order(self, place, fake_services, sql):
        answers = at_once(TWINS, lambda _: place())

        statuses = Counter(answer.status_code for answer in answers)
        assert statuses[201] >= 1
        assert set(statuses) <= {201, 409}
        placed = [answer for answer in answers if answer.status_code == 201]
        assert sum("Idempotent-Replayed" not in answer.headers for answer in placed) == 1
        assert {answer.json["data"]["number"] for answer in placed} == {sql.value("SELECT number FROM orders")}
        assert all(answer.headers["Retry-After"] for answer in answers if answer.status_code == 409)
        assert count(sql) == 1
        assert len(calls(fake_services, "send")) == 1

    def test_ask_for_the_same_goods(self, place, fake_services):
        at_once(TWINS, lambda _: place())

        asked = {(request.headers["Idempotency-Key"], request.text) for request in calls(fake_services, "reserve")}
        assert len(asked) == 1
        assert calls(fake_services, "cancel") == []

    def test_without_a_key_are_none(self, place, sql):
        answers = at_once(2, lambda _: place(key=None))

        assert [answer.status_code for answer in answers] == [201, 201]
        assert count(sql) == 2

    def test_that_want_different_things_are_one_order_and_nobody_elses_goods_stay_held(self, place, fake_services, sql):
        answers = at_once(4, lambda number: place(quantity=number + 1))

        assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
        assert count(sql) == 1
        kept = sql.value("SELECT reservation_id FROM orders")
        held = {f"res-{request.json()['orderId']}" for request in calls(fake_services, "reserve")}
        assert {request.json()["reservationId"] for request in calls(fake_services, "cancel")} == held - {kept}

    def test_one_that_is_being_stored_is_a_conflict(self, place, sql):
        """Somebody has inserted it and not committed yet, for longer than a lock is waited for."""
        place()
        sql.run("CREATE TEMPORARY TABLE kept SELECT * FROM orders")
        sql.run("DELETE FROM orders")
        sql.run("START TRANSACTION")
        sql.run("INSERT INTO orders SELECT * FROM kept")

        refused = place()

        assert (refused.status_code, refused.headers["Retry-After"]) == (409, "1")
        sql.run("COMMIT")
        again = place()
        assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
        assert count(sql) == 1


@pytest.mark.parametrize("key", [None, "one-key"], ids=["no key", "key"])
@pytest.mark.parametrize("way", AT_COMMIT)
class TestAtCommit:
    def test_is_one_order(self, place, breaker, fake_services, sql, way, key):
        breaker.arm(way)

        response = place(key)

        assert breaker.fired == 1
        assert response.status_code == 201
        breaker.settle()
        assert sql.rows("SELECT number, notified_at IS NOT NULL FROM orders") == [(response.json["data"]["number"], 1)]
        assert calls(fake_services, "cancel") == []
        assert told_once(fake_services)

    def test_twice_is_one_order(self, place, breaker, fake_services, sql, way, key):
        breaker.arm(way, way)

        response = place(key)

        assert response.status_code == 201
        breaker.settle()
        assert count(sql) == 1
        assert calls(fake_services, "cancel") == []


@pytest.mark.parametrize("way", AT_COMMIT)
def test_twins_with_broken_commits_are_one_order(place, breaker, fake_services, sql, way):
    breaker.arm(way, way, way)

    answers = at_once(TWINS, lambda _: place())

    assert breaker.fired >= 1
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    breaker.settle()
    again = place()
    assert again.status_code == 201
    assert count(sql) == 1
    assert {answer.json["data"]["number"] for answer in answers if answer.status_code == 201} <= {
        again.json["data"]["number"]
    }
    assert calls(fake_services, "cancel") == []


@pytest.mark.usefixtures("nobody_is_ended")
class TestUnknown:
    @pytest.mark.parametrize("key", [None, "one-key"], ids=["no key", "key"])
    def test_next_try_waits_for_the_transaction_in_doubt(self, place, breaker, fake_services, sql, key):
        """A plain SELECT would have found nothing, and the order would have come to be while its goods were given free."""
        breaker.arm("late_commit")

        response = place(key)

        assert response.status_code == 201
        assert "Idempotent-Replayed" not in response.headers
        assert count(sql) == 1
        assert calls(fake_services, "cancel") == []

    @pytest.mark.parametrize("key", [None, "one-key"], ids=["no key", "key"])
    def test_doubt_that_lasts_is_said(self, place, breaker, fake_services, sql, key):
        breaker.arm("very_late_commit")

        response = place(key)

        assert (response.status_code, response.json["data"]) == (503, {"outcome": "unknown"})
        assert count(sql) == 0
        breaker.settle()
        eventually(lambda: count(sql) == 1, "the late COMMIT is applied")
        assert calls(fake_services, "cancel") == calls(fake_services, "send") == []

    def test_doubt_is_settled_by_the_same_request(self, place, breaker, fake_services, sql):
        breaker.arm("very_late_commit")
        place()
        breaker.settle()
        eventually(lambda: count(sql) == 1, "the late COMMIT is applied")

        again = place()

        assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
        assert count(sql) == 1

    def test_request_that_comes_before_the_late_commit_is_the_same_order(self, place, breaker, fake_services, sql):
        breaker.arm("very_late_commit")
        assert place().status_code == 503

        again = place()

        assert again.status_code in {201, 409}
        breaker.settle()
        assert place().status_code == 201
        assert count(sql) == 1
        assert len({request.text for request in calls(fake_services, "reserve")}) == 1


def test_application_keeps_no_connection_after_all_that(shop, place, breaker):
    breaker.arm("never_arrived", "reply_lost")
    place()

    assert checked_out(shop) == 0
