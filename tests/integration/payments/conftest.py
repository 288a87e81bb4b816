"""Fixtures of the payment tests on a real database: an order to be paid, the ledger's books, connections that break at COMMIT."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests_mock
from flask import Flask

from backend.core import clock
from backend.core.http import registry
from backend.modules.payments import signatures
from backend.settings import Settings
from tests.framework.api import Actor, Api
from tests.integration.orders.fake_services import ADDRESSES, WANTED, say_yes
from tests.integration.payments.books import Books
from tests.integration.support.applications import AS_IN_PRODUCTION, MakeApp
from tests.integration.support.sql import Sql

SECRET = "Wm3zTq8kLr5vXn1cYp7dHs4gBj9fAe2u"
SETTINGS = {**ADDRESSES, "payment_webhook_secret": SECRET, "payment_retry_delay": 0.3, "payment_retry_attempts": 10}


@pytest.fixture
def shop(make_app: MakeApp, settings: Settings) -> Flask:
    """An application with production's time-outs, three services that say yes, and short pauses between tries."""
    app = make_app(**AS_IN_PRODUCTION | SETTINGS | {"db_pool_size": 8, "server_threads": 24, "db_pool_timeout": 5})
    app.extensions["adapter"] = say_yes(app, settings.model_copy(update=SETTINGS))
    registry.add(app, settings, "notification", "notification_url")
    return app


@pytest.fixture
def adapter(shop: Flask) -> requests_mock.Adapter:
    found: requests_mock.Adapter = shop.extensions["adapter"]
    return found


@pytest.fixture
def client(shop: Flask) -> Api:
    return Api(shop)


@pytest.fixture
def owner(client: Api) -> Actor:
    return client.login()


@pytest.fixture
def body(client: Api, owner: Actor) -> dict[str, Any]:
    """What pays an order of the owner's."""
    return new_body(client, owner)


def new_body(client: Api, owner: Actor) -> dict[str, Any]:
    made = client.post("/api/v1/orders", json=WANTED, by=owner).json["data"]
    return {"order_id": made["number"], "amount": made["amount_fen"] / 100}


@pytest.fixture
def pay(shop: Flask, owner: Actor, body: dict[str, Any]) -> Callable[..., Any]:
    """Pay the order, from any thread."""

    def send(key: str | None = None, **changed: Any) -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        return Api(shop).post("/payment", json={**body, **changed}, by=owner, headers=headers)

    return send


@pytest.fixture
def notify(shop: Flask, body: dict[str, Any]) -> Callable[..., Any]:
    """A notification about its payment, from any thread."""

    def send(
        status: str = "succeeded", event_id: str = "evt-1", transaction_id: str = "4200001", **changed: Any
    ) -> Any:
        raw = json.dumps(
            {**body, "event_id": event_id, "transaction_id": transaction_id, "status": status, **changed}
        ).encode()
        now = str(int(clock.utcnow().timestamp()))
        proof = {signatures.TIMESTAMP: now, signatures.SIGNATURE: signatures.sign(SECRET, now, raw)}
        return Api(shop).post("/webhook/payment/notify", data=raw, headers=proof, content_type="application/json")

    return send


@pytest.fixture
def books(sql: Sql) -> Iterator[Books]:
    """What the database says, over a connection of its own; at the end it must add up."""
    books = Books(sql)
    yield books
    books.balance()
