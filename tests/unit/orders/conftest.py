"""Fixtures of the order tests: three services that say yes, an order that one can change, a clock that can be moved."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from backend.core import clock
from backend.core.db import db
from backend.core.http import registry
from backend.modules.orders import partners, service
from backend.modules.orders.model import Order
from backend.settings import Settings
from tests.framework.api import Actor, Api
from tests.unit.core.support import database_error, no_pauses
from tests.unit.orders.fake_services import FakeServices

PATH = "/api/v1/orders"
LOST = database_error(2013, "Lost connection")
WANTED = {"product_id": "prod123", "quantity": 2, "note": "leave it at the door"}


@pytest.fixture
def fake_services(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FakeServices:
    """The services as the application calls them, through its real clients; nobody waits between tries."""
    own_clients(app, settings, monkeypatch)
    return FakeServices(app)


def own_clients(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application's own clients, with circuits that no other test has opened; nobody waits between tries."""
    monkeypatch.setitem(app.extensions, registry.EXTENSION, registry.Registry(settings))
    monkeypatch.setattr("backend.core.retry.time.sleep", lambda seconds: None)
    partners.register(app, settings)


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Units of work that lost against another one run again at once."""
    no_pauses(monkeypatch)


@pytest.fixture
def owner(api: Api) -> Actor:
    return api.login()


@pytest.fixture
def stranger(api: Api) -> Actor:
    return api.login()


@pytest.fixture
def order(api: Api, owner: Actor, fake_services: FakeServices) -> dict[str, Any]:
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
def commits(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """The COMMITs of orders that break: `lost_replies`."""
    return lost_replies(monkeypatch, service.orders, "create")


def lost_replies(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> Callable[..., None]:
    """`commits = lost_replies(...)`, then `commits("applied", "lost")`: so many COMMITs that follow a call of `owner.name` get
    no reply; those "applied" have been stored nevertheless.
    """

    def arrange(*fates: str, error: BaseException = LOST) -> None:
        left, real, write = list(fates), Session.commit, getattr(owner, name)

        def commit(session: Session) -> None:
            if not left or not session.info.pop("written", False):
                return real(session)
            if left.pop(0) == "applied":
                real(session)
            raise error

        def marked(*arguments: Any, **values: Any) -> Any:
            db.session.info["written"] = True
            return write(*arguments, **values)

        monkeypatch.setattr(Session, "commit", commit)
        monkeypatch.setattr(owner, name, marked)

    return arrange


def refused(response: TestResponse, outcome: str) -> None:
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1
    assert response.json is not None
    assert response.json["data"] == {"outcome": outcome}


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`time_passes(minutes=15)`: it is later from now on."""
    real = clock.utcnow

    def move(**later: float) -> None:
        monkeypatch.setattr(clock, "utcnow", lambda: real() + timedelta(**later))

    return move
