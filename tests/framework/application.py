"""Fixtures that both suites share: one application a run, each test undone, a client that checks every answer.

One schema for the whole run; a test runs inside a transaction that is rolled back at its end, and what the application
commits becomes a savepoint in it. A test that needs real commits asks for `real_commits`.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from backend.core import cache
from backend.core.db import db
from backend.core.db import monitor as db_monitor
from backend.core.http import registry
from backend.core.web import rate_limit
from tests.framework.api import Api
from tests.framework.api_coverage import pytest_sessionfinish  # noqa: F401 - a hook, for those who import all of this


@pytest.fixture(autouse=True)
def isolated(request: pytest.FixtureRequest) -> Iterator[None]:
    """Undo what the test does to the application, if it has to do with it, and to the database unless it asks for `real_commits`."""
    if "app" not in request.fixturenames:
        yield
        return
    app = request.getfixturevalue("app")
    forget(app)
    if "real_commits" in request.fixturenames:
        yield
        return
    with app.app_context():
        engines = db.engines
    engine = engines[None]
    connection = engine.connect()
    transaction = connection.begin()
    engines[None] = connection  # type: ignore[assignment] - a session bound to a connection joins its transaction
    try:
        yield
        transaction.rollback()
        connection.close()
    finally:
        engines[None] = engine


@pytest.fixture
def real_commits(app: Flask) -> Iterator[None]:
    """Real transactions; every table is emptied afterwards."""
    yield
    with app.app_context():
        for table in reversed(db.metadata.sorted_tables):
            db.session.execute(table.delete())
        db.session.commit()


def forget(app: Flask) -> None:
    """Forget what the last test left in memory: cached values, counted requests, services that failed."""
    app.extensions[cache.EXTENSION]._region.backend._cache.clear()
    for client in registry.clients(app).values():
        client.circuits.clear()
    limiter = app.extensions[rate_limit.EXTENSION]
    if limiter.enabled:
        limiter.reset()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def api(app: Flask) -> Api:
    """The application as its clients see it; every answer is held against the OpenAPI document."""
    return Api(app)


@pytest.fixture
def session(app: Flask) -> Iterator[None]:
    """An application context, for tests that call services and repositories themselves."""
    with app.app_context():
        yield


@pytest.fixture
def fails(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """`fails(service.orders, "create", error, None)`: the next calls meet these errors, one each; None is a call that works.

    Later calls meet `always`, or work if there is none. `after`: a call does its work, then meets the error.
    """

    def arrange(owner: Any, name: str, *errors: Exception | None, always: Any = None, after: bool = False) -> list[Any]:
        real, left = getattr(owner, name), list(errors)

        def call(*arguments: Any, **named: Any) -> Any:
            answer = real(*arguments, **named) if after else None
            if error := left.pop(0) if left else always:
                raise error
            return answer if after else real(*arguments, **named)

        monkeypatch.setattr(owner, name, call)
        return left

    return arrange


def prepare(app: Flask) -> Flask:
    """Let health know its database: there is no monitor thread in tests."""
    app.extensions[db_monitor.EXTENSION].probe()
    return app


@pytest.fixture
def log_lines() -> Iterator[list[Any]]:
    """Everything that is logged, at every level and by every thread, before anything is masked."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    with structlog.testing.capture_logs() as lines:
        yield lines
    structlog.configure(wrapper_class=before)
