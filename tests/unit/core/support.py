"""What the tests of core share: applications with settings and routes of their own, and a table that no module owns."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest.mock import patch

import pytest
import structlog
from flask import Flask
from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from backend import create_app
from backend.core.db import NAMING, UtcDateTime, db, transactions
from backend.core.db.columns import ID, Versioned
from backend.core.db.monitor import Monitor
from backend.core.db.repository import Repository
from backend.core.security.access import PrincipalLoader, use_principal_loader
from backend.core.security.principal import Principal
from backend.core.security.tokens import Claims, issue
from backend.core.web.route import Route
from backend.core.web.routing import register
from backend.settings import Settings
from tests.framework.application import prepare

PRODUCTION = {
    "app_env": "production",
    "jwt_secret": "Zb4qk1mWv8sTg7yNc0pLr5xHd2fJu9eA",
    "wechat_gateway": "wechat",
    "wechat_app_id": "wx0123456789abcdef",
    "wechat_app_secret": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
    "database_url": "mysql+pymysql://app:pw@127.0.0.1:3306/app",
}


class Shelf(DeclarativeBase):
    """Apart from the application's tables, so that migrations and `create_all` do not see the tests' one."""

    registry = registry(metadata=MetaData(naming_convention=NAMING), type_annotation_map={datetime: UtcDateTime()})


class Thing(Shelf):
    __tablename__ = "things"

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(50), unique=True)
    colour: Mapped[str | None] = mapped_column(String(20))
    made_at: Mapped[datetime | None]
    box_id: Mapped[int | None] = mapped_column(ForeignKey("things.id"))


class Things(Repository[Thing]):
    model = Thing
    sortable = ("id", "colour", "made_at")
    filterable = ("colour", "box_id")
    searchable = ("name", "colour")


class Draft(Versioned, Shelf):
    """A record that several people edit."""

    __tablename__ = "drafts"

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    text: Mapped[str] = mapped_column(String(50), default="")


class Drafts(Repository[Draft]):
    model = Draft
    changeable = ("text",)


def _asleep(_: Monitor) -> None:
    """In the place of `Monitor.start`."""


@contextmanager
def application(routes: Sequence[Route] = (), **changed: object) -> Iterator[Flask]:
    """The application with `changed` settings, `routes` besides its own and the table `things`, if it is on SQLite."""
    with patch.object(Monitor, "start", _asleep):  # production probes from a thread; here nobody calls
        app = create_app(Settings(**changed))
    structlog.configure(cache_logger_on_first_use=False)  # production would keep this output for the tests that follow
    register(app, "probe", routes)
    with app.app_context():
        if db.engine.name == "sqlite":
            Shelf.metadata.create_all(db.engine)
            prepare(app)
        engine = db.engine
    yield app
    engine.dispose()


def app_fixture(routes: Sequence[Route] = (), *, loader: PrincipalLoader | None = None, **changed: object) -> Any:
    """The fixture `app` of a file of tests: one application for all of them; `loader` says who the users are."""

    @pytest.fixture(scope="module")
    def app() -> Iterator[Flask]:
        with application(routes, **changed) as made:
            if loader:
                use_principal_loader(made, loader)
            yield made

    return app


def anybody(claims: Claims) -> Principal:
    """A loader that knows every user, without permissions."""
    return Principal(claims.user_id, claims.session_id, frozenset())


def bearer(app: Flask, user_id: int, session_id: int = 1) -> dict[str, str]:
    """The header of a user who has logged in."""
    with app.app_context():
        return {"Authorization": f"Bearer {issue(user_id, session_id)}"}


def things(app: Flask) -> list[str]:
    """The names of the things that are stored, seen by a session of its own."""
    with app.app_context():
        return list(db.session.scalars(db.select(Thing.name).order_by(Thing.id)))


class DriverError(Exception):
    """What a driver raises: its arguments are the code and the text."""

    def __init__(self, *arguments: object, sqlstate: str | None = None) -> None:
        super().__init__(*arguments)
        self.sqlstate = sqlstate


def database_error(
    *arguments: object, sqlstate: str | None = None, kind: type[DBAPIError] = OperationalError
) -> DBAPIError:
    """An error as SQLAlchemy wraps it: `database_error(1213, "Deadlock found")`."""
    return kind("SELECT 1", {}, DriverError(*arguments, sqlstate=sqlstate))


def deadlock() -> DBAPIError:
    return database_error(1213, "Deadlock found when trying to get lock")


def duplicate() -> DBAPIError:
    return database_error(1062, "Duplicate entry 'planted-value' for key 'planted_key'", kind=IntegrityError)


def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Units of work that lost against another one run again at once."""
    monkeypatch.setattr(transactions, "RETRIES", replace(transactions.RETRIES, first_pause=0))
