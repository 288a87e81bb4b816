"""Fixtures of the payment tests: an order to be paid, notifications, what is stored, a database that breaks off, no waiting."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from backend.core.db import db
from backend.core.db import monitor as db_monitor
from backend.core.jobs.model import JobRow
from backend.modules.payments import model
from tests.framework.api import Actor, Api
from tests.unit.orders.conftest import *  # noqa: F403
from tests.unit.orders.fake_services import FakeServices
from tests.unit.payments.matrix import payable, proof

PAY = "/payment"
NOTIFY = "/webhook/payment/notify"
TABLES = (
    model.Payment,
    model.PaymentRequest,
    model.PaymentEvent,
    model.LedgerEntry,
    JobRow,
    model.WebhookEvent,
)


NOTHING, ONE_OF_EACH = [0] * 6, [1, 1, 1, 2, 1, 0]  # how many of each: before a payment, and after it was opened


@pytest.fixture
def body(api: Api, owner: Actor, fake_services: FakeServices) -> dict[str, Any]:
    """What pays an order of the owner's."""
    return payable(api, owner)


@pytest.fixture
def pay(api: Api, owner: Actor, body: dict[str, Any]) -> Callable[..., TestResponse]:
    """Pay that order; values can be changed, and a key be given."""

    def send(key: str | None = None, by: Actor | None = owner, **changed: Any) -> TestResponse:
        headers = {} if key is None else {"Idempotency-Key": key}
        return api.post(PAY, json={**body, **changed}, by=by, headers=headers)

    return send


@pytest.fixture
def notify(api: Api, body: dict[str, Any]) -> Callable[..., TestResponse]:
    """A notification about the payment of that order: `notify("succeeded", event_id="evt-1")`."""

    def send(status: str = "succeeded", event_id: str = "evt-1", **changed: Any) -> TestResponse:
        sent = {**body, "event_id": event_id, "transaction_id": "4200001", "status": status, **changed}
        raw = json.dumps(sent).encode()
        return api.post(NOTIFY, data=raw, content_type="application/json", headers=proof(raw))

    return send


@pytest.fixture
def rows(app: Flask) -> Callable[[type], list[Any]]:
    """What is stored: `rows(Payment)`."""

    def read(kind: type) -> list[Any]:
        with app.app_context():
            return list(db.session.scalars(db.select(kind).order_by(kind.id)))

    return read


@pytest.fixture
def counts(rows: Callable[[type], list[Any]]) -> Callable[[], list[int]]:
    """How many payments, requests, events, entries, messages and notifications are stored."""
    return lambda: [len(rows(table)) for table in TABLES]


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Nobody waits between two tries; this is how long they would."""
    waited: list[float] = []
    monkeypatch.setattr(db_monitor.Monitor, "wait_until_up", lambda _, seconds: waited.append(seconds))
    return waited
