"""Keeps threads free while the database is away: of the payments that wait for it to come back, only some may.

They are counted with those that are at the database, by the gate of its pool.
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
