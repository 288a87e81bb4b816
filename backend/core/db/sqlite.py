"""SQLite: a transaction that may write takes the write lock when it begins, and waits for it.

A transaction that has read and writes later cannot wait: what it has read may have changed, so SQLite refuses at once with
"database is locked" (https://www.sqlite.org/isolation.html). Only what is known to read alone begins without the lock.
"""

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any

from sqlalchemy import Connection

_reads_only: ContextVar[bool] = ContextVar("reads_only", default=False)


def reading[**P, T](work: Callable[P, T]) -> Callable[P, T]:
    """`work` whose transactions take no write lock; other databases know no difference."""

    @wraps(work)
    def reads(*arguments: P.args, **named: P.kwargs) -> T:
        token = _reads_only.set(True)
        try:
            return work(*arguments, **named)
        finally:
            _reads_only.reset(token)

    return reads


def setup(connection: Any, _: Any) -> None:
    """A listener of SQLAlchemy's `connect`: the driver begins no transaction by itself, `begin` does."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA journal_mode=WAL")


def begin(connection: Connection) -> None:
    """A listener of SQLAlchemy's `begin`."""
    connection.exec_driver_sql("BEGIN" if _reads_only.get() else "BEGIN IMMEDIATE")
