"""Connections to MySQL that break around the COMMIT of a chosen write, as a network would break them: before, at it, after it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pymysql

from backend.core.db.mysql import LazyConnection

LOST = 2013, "Lost connection to MySQL server during query"


class Breaker:
    """Breaks the next COMMIT that ends such a write, in one of the ways below; `fired` counts, `late` are those on their way."""

    def __init__(self, kill) -> None:
        self._kill = kill
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
            self._kill(connection.thread_id())
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
        """Let everything arrive that is on its way, and wait until it has."""
        for thread in self.late:
            thread.arrives.set()
            thread.join(60)


@contextmanager
def breaking(monkeypatch, kill, table) -> Iterator[Breaker]:
    """From now on the application's connections may break when they have written to this table."""
    breaker = Breaker(kill)
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
