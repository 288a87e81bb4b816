"""Orders on a real database: twins, refused values, and a pool that slow services do not use up."""

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests_mock
from flask import Flask

from backend.core.http import registry
from backend.modules.orders import service
from backend.settings import Settings
from tests.framework.api import Actor, Api
from tests.integration.orders.fake_services import ADDRESSES, WANTED, say_yes
from tests.integration.support.applications import MakeApp, checked_out
from tests.integration.support.concurrency import at_once
from tests.integration.support.sql import Sql

PATH = "/api/v1/orders"
TWINS = 6

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def fake_services(app: Flask, settings: Settings) -> Iterator[requests_mock.Adapter]:
    before = app.extensions[registry.EXTENSION]
    yield say_yes(app, settings.model_copy(update=ADDRESSES))
    app.extensions[registry.EXTENSION] = before


@pytest.fixture
def owner(api: Api) -> Actor:
    return api.login()


def asked(adapter: requests_mock.Adapter, word: str) -> int:
    return sum(request.path.endswith(word) for request in adapter.request_history)


def test_what_is_ordered_comes_back_from_another_transaction(api, fake_services, owner):
    made = api.post(PATH, json=WANTED, by=owner).json["data"]

    assert WANTED.items() <= made.items()
    assert made["amount_fen"] == 19_800
    assert api.get(f"{PATH}/{made['id']}", by=owner).json["data"] == made
    assert api.get(PATH, by=owner, query_string={"status": "reserved"}).json["data"]["items"] == [made]
    assert api.get(PATH, by=owner, query_string={"status": "expired"}).json["data"]["items"] == []


def test_cancelled_many_times_at_the_same_moment_is_cancelled_once(app, api, fake_services, owner, sql: Sql):
    made = api.post(PATH, json=WANTED, by=owner).json["data"]

    answers = at_once(TWINS, lambda _: Api(app).post(f"{PATH}/{made['id']}/cancel", by=owner))

    assert [answer.status_code for answer in answers] == [200] * TWINS
    assert len({answer.json["data"]["cancelled_at"] for answer in answers}) == 1
    assert sql.rows("SELECT state, released_at IS NOT NULL FROM orders") == [("cancelled", 1)]


def test_payment_and_cancellation_at_the_same_moment_do_not_both_win(app, api, fake_services, owner, sql: Sql):
    """Whoever pays takes the row's lock first: the cancellation waits, and then sees that it is too late."""
    made = api.post(PATH, json=WANTED, by=owner).json["data"]
    sql.run("START TRANSACTION")
    sql.run(f"UPDATE orders SET state = 'paid' WHERE id = {made['id']}")
    answers: list[Any] = []
    cancelling = threading.Thread(target=lambda: answers.append(Api(app).post(f"{PATH}/{made['id']}/cancel", by=owner)))
    cancelling.start()
    time.sleep(0.3)

    sql.run("COMMIT")
    cancelling.join()

    assert answers[0].status_code == 409
    assert asked(fake_services, "cancel") == 0
    assert sql.value("SELECT state FROM orders") == "paid"


def test_order_that_is_refused_gives_its_goods_back(api, fake_services, owner, sql: Sql, monkeypatch):
    real = service.orders.create
    monkeypatch.setattr(service.orders, "create", lambda **values: real(**values | {"user_id": 10**15}))

    response = api.post(PATH, json=WANTED, by=owner)

    assert response.status_code == 422
    assert asked(fake_services, "cancel") == 1
    assert sql.value("SELECT COUNT(*) FROM orders") == 0


def test_slow_services_do_not_hold_connections(make_app: MakeApp, settings: Settings, sql: Sql):
    """A pool of one, and several orders that all wait for the inventory at the same moment."""
    app = make_app(db_pool_size=1, **ADDRESSES)
    adapter = say_yes(app, settings.model_copy(update=ADDRESSES))
    owner = Api(app).login()
    together = threading.Barrier(TWINS)
    held: list[int] = []

    def slow(request: Any, context: Any) -> dict[str, Any]:
        together.wait(60)
        held.append(checked_out(app))
        return {"available": True, "quantity": 100}

    adapter.register_uri("POST", "http://inventory.internal/internal/inventory/check", json=slow)

    answers = at_once(TWINS, lambda _: Api(app).post(PATH, json=WANTED, by=owner))

    assert [answer.status_code for answer in answers] == [201] * TWINS
    assert held[0] == 0
    assert sql.value("SELECT COUNT(*) FROM orders") == TWINS
