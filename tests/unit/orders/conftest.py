"""Fixtures of the order tests: three services that say yes, an order that one can change, a clock that can be moved."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from backend.core import clock
from backend.core.db import db
from backend.core.http import registry
from backend.core.settings import Settings
from backend.modules.orders import clients
from backend.modules.orders.model import Order
from tests.framework.api import Actor, Api
from tests.unit.orders.outside import Outside

PATH = "/api/v1/orders"
WANTED = {"product_id": "prod123", "quantity": 2, "note": "leave it at the door"}


@pytest.fixture
def outside(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Outside:
    """The services as the application calls them, through its real clients; nobody waits between tries."""
    monkeypatch.setitem(app.extensions, registry.EXTENSION, registry.Registry(settings))
    monkeypatch.setattr("backend.core.http.client.time.sleep", lambda seconds: None)
    clients.register(app, settings)
    return Outside(app)


@pytest.fixture
def owner(api: Api) -> Actor:
    return api.login()


@pytest.fixture
def stranger(api: Api) -> Actor:
    return api.login()


@pytest.fixture
def order(api: Api, owner: Actor, outside: Outside) -> dict[str, Any]:
    """An order of the owner's, as they see it."""
    answer: dict[str, Any] = api.post(PATH, json=WANTED, by=owner).json["data"]
    return answer


@pytest.fixture
def stored(app: Flask) -> Callable[[], list[Order]]:
    """The orders on disk."""

    def read() -> list[Order]:
        with app.app_context():
            return list(db.session.scalars(db.select(Order).order_by(Order.id)))

    return read


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`time_passes(minutes=15)`: it is later from now on."""
    real = clock.utcnow

    def move(**later: float) -> None:
        monkeypatch.setattr(clock, "utcnow", lambda: real() + timedelta(**later))

    return move
