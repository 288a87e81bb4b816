"""Applications beside the shared one: with another setting, on another database, on a server that is about to be killed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask

from backend import create_app
from backend.core.db import db
from backend.core.db import monitor as db_monitor
from backend.settings import Settings
from tests.integration.support import probes

MakeApp = Callable[..., Flask]
LIMITS = ("db_pool_timeout", "db_lock_timeout", "db_statement_timeout", "db_connect_timeout", "db_read_timeout")
AS_IN_PRODUCTION = {name: Settings.model_fields[name].default for name in LIMITS}


@contextmanager
def application(settings: Settings, **changes: Any) -> Iterator[Flask]:
    """An application with some settings changed; it keeps no connection and no thread when this closes."""
    app = create_app(Settings(**settings.model_dump() | changes))
    probes.register(app)
    try:
        yield app
    finally:
        app.extensions[db_monitor.EXTENSION].stop()
        with app.app_context():
            db.engine.dispose()


def connection_id(app: Flask) -> int:
    """The server's number of the connection that the next request will get."""
    with app.app_context():
        return int(db.session.scalar(db.text("SELECT CONNECTION_ID()")))


def checked_out(app: Flask) -> int:
    """How many connections of the pool are in somebody's hands."""
    with app.app_context():
        return db.engine.pool.checkedout()  # type: ignore[attr-defined]
