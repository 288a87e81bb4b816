"""Keeps threads free while the database is down: only some payments may wait until it is back.

The gate of the database's pool counts them together with the threads that use a connection.
"""

from contextlib import AbstractContextManager

from backend.core import running
from backend.core.db import db
from backend.core.db.pool import Gate, gate_of
from backend.core.running import HasExtensions
from backend.core.settings import Settings

EXTENSION = "payments_bulkhead"


def init_app(app: HasExtensions, settings: Settings) -> None:
    """A gate for databases whose pool has none, as SQLite's."""
    app.extensions[EXTENSION] = Gate(settings.db_pool_size, settings.server_threads, settings.db_pool_timeout)


def place() -> AbstractContextManager[bool]:
    """Whether there is a place to wait; it is held during the block."""
    gate: Gate = gate_of(db.session.get_bind().engine.pool) or running.extension(EXTENSION)
    return gate.aside()
