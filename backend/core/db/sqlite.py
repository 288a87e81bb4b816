"""SQLite: a transaction that may write takes the write lock when it begins, and waits for it.

A transaction that has read and writes later cannot wait: what it has read may have changed, so SQLite refuses at once with
"database is locked" (https://www.sqlite.org/isolation.html). Only what is known to read alone begins without the lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection

_reads_only: ContextVar[bool] = ContextVar("reads_only", default=False)


@contextmanager
def reading(only: bool) -> Iterator[None]:
    """Transactions that begin inside the block take no write lock if `only` is true; other databases know no difference."""
    token = _reads_only.set(only)
    try:
        yield
    finally:
        _reads_only.reset(token)


def setup(connection: Any, _: Any) -> None:
    """A listener of SQLAlchemy's `connect`: the driver begins no transaction by itself, `begin` does."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA journal_mode=WAL")


def begin(connection: Connection) -> None:
    """A listener of SQLAlchemy's `begin`."""
    connection.exec_driver_sql("BEGIN" if _reads_only.get() else "BEGIN IMMEDIATE")
