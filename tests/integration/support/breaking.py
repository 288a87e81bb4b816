"""Connections to MySQL that break around the COMMIT of a chosen write, as a network would break them: before, at it, after it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pymysql
import pytest

from backend.core.db.mysql import LazyConnection
from tests.framework.waiting import eventually
from tests.integration.support.sql import Sql

AT_COMMIT = ["killed_before", "reply_lost", "never_arrived", "late_commit", "half_open"]
LOST = 2013, "Lost connection to MySQL server during query"


class Breaker:
    """Breaks the next COMMIT that ends such a write, in one of the ways below; `fired` counts, `late` are those on their way."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._lock, self._killing = threading.Lock(), threading.Lock()
        self.ways: list[str] = []
        self.fired = 0
        self.late: list[threading.Thread] = []

    def arm(self, *ways: str) -> None:
        self.ways = list(ways)

    def commit(self, connection, real) -> None:
        with self._lock:
            way = self.ways.pop(0) if self.ways and connection.writing else None
        connection.writing = False
        if way is None:
            real()
        else:
            self.fired += 1
            getattr(self, way)(connection, real)

    def killed_before(self, connection, real) -> None:
        """The server ends the connection before COMMIT reaches it."""
        with self._killing:  # twins share the connection that it goes over
            self._sql.kill(connection.thread_id())
        real()

    def reply_lost(self, connection, real) -> None:
        """COMMIT is applied, and its reply never comes."""
        real()
        connection._force_close()
        raise pymysql.OperationalError(*LOST)

    def never_arrived(self, connection, real) -> None:
        """COMMIT is lost on its way, and the server is told that the client has gone."""
        connection._force_close()
        raise pymysql.OperationalError(*LOST)

    def late_commit(self, connection, real) -> None:
        """COMMIT is held up in the network for `LATE` seconds, and applied then; the client has given up long before."""
        self._held(connection, real, 0.6)

    def very_late_commit(self, connection, real) -> None:
        """It is held up for longer than the whole budget."""
        self._held(connection, real, 6)

    def half_open(self, connection, real) -> None:
        """COMMIT never arrives, and the server believes that the client is still there."""
        self._held(connection, lambda: None, 30)

    def _held(self, connection, real, seconds: float) -> None:
        """The socket goes on with a copy of the connection, as a packet in the network would."""
        ghost = object.__new__(pymysql.connections.Connection)
        ghost.__dict__.update(connection.__dict__)
        connection._sock = connection._rfile = None
        arrives = threading.Event()

        def deliver() -> None:
            arrives.wait(seconds)
            try:
                if seconds < 30:
                    pymysql.connections.Connection.commit(ghost)
            except pymysql.Error:
                self.refused = True
            finally:
                ghost._force_close()

        thread = threading.Thread(target=deliver, daemon=True)
        thread.arrives = arrives
        self.late.append(thread)
        thread.start()
        raise pymysql.OperationalError(*LOST)

    def settle(self) -> None:
        """Let everything arrive that is on its way, and wait until the server has ended it."""
        for thread in self.late:
            thread.arrives.set()
            thread.join(60)
        eventually(self._sql.quiet, "everything on its way has ended")


def breaker_of(table: str) -> Callable[..., Iterator[Breaker]]:
    """The fixture `breaker` of a file of tests: the application's connections may break when they have written to this table."""

    @pytest.fixture
    def breaker(monkeypatch: pytest.MonkeyPatch, sql: Sql) -> Iterator[Breaker]:
        with breaking(monkeypatch, sql, table) as breaker:
            yield breaker

    return breaker


@pytest.fixture
def nobody_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """As behind a proxy that hides the connections' numbers."""
    monkeypatch.setattr("backend.core.db.connections.number", lambda _: None)


@contextmanager
def breaking(monkeypatch: pytest.MonkeyPatch, sql: Sql, table: str) -> Iterator[Breaker]:
    breaker = Breaker(sql)
    real_query, real_commit = LazyConnection.query, LazyConnection.commit

    def query(self, sql, unbuffered=False):
        if isinstance(sql, str) and f"INSERT INTO {table} " in sql:
            self.writing = True
        return real_query(self, sql, unbuffered)

    monkeypatch.setattr(LazyConnection, "writing", False, raising=False)
    monkeypatch.setattr(LazyConnection, "query", query)
    monkeypatch.setattr(LazyConnection, "commit", lambda self: breaker.commit(self, lambda: real_commit(self)))
    yield breaker
    breaker.settle()
