"""A pool that leaves one thread free while the database hangs, so that somebody is left to answer `/health/live`.

A pool has fewer connections than the server has threads. While all of them are stuck, further threads would wait for one,
until no thread is left. So of those that wait only some may go on; the others are refused at once, as overload.
"""

import threading
import time
from typing import Any, ClassVar, override

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

STUCK = 0.15  # seconds in which none has come back, many times what a payment takes
LOOK = 0.01  # seconds between two looks at whether they are stuck


class Gate:
    """Lets as many threads in as there are connections. `spare` of the others may wait also while the database hangs."""

    def __init__(self, connections: int, spare: int, patience: float) -> None:
        self._connections, self._spare, self._patience = connections, spare, patience
        self._changed = threading.Condition()
        self._inside = 0
        self._waiting = 0
        self._full_since = 0.0

    def enter(self) -> None:
        """Wait for a place; raises SQLAlchemy's `TimeoutError` after `patience` seconds, or earlier if waiting is of no use."""
        with self._changed:
            self._waiting += 1
            try:
                self._wait_for_a_place(time.monotonic() + self._patience)
            finally:
                self._waiting -= 1
            self._inside += 1
            if self._inside == self._connections:
                self._full_since = time.monotonic()

    def _wait_for_a_place(self, until: float) -> None:
        while self._inside >= self._connections:
            left = until - time.monotonic()
            if left <= 0 or self._hopeless():
                raise PoolTimeoutError(f"all {self._connections} connections are in use")
            self._changed.wait(min(left, LOOK))

    def _hopeless(self) -> bool:
        """Nobody has come out for a while, and more wait than may."""
        return self._waiting > self._spare and time.monotonic() - self._full_since > STUCK

    def leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify()


class GatedPool(QueuePool):
    """A pool behind a gate. `threads` is set by `gated`."""

    threads: ClassVar[int]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._gate = Gate(self.size(), max(0, self.threads - self.size() - 1), self.timeout())
        self._own = threading.local()

    @override
    def _do_get(self) -> ConnectionPoolEntry:
        if getattr(self._own, "inside", False):  # the pool calls itself when another thread was quicker
            return super()._do_get()
        self._gate.enter()
        self._own.inside = True
        try:
            return super()._do_get()
        except BaseException:
            self._gate.leave()
            raise
        finally:
            self._own.inside = False

    @override
    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        try:
            super()._do_return_conn(record)
        finally:
            self._gate.leave()


def gated(threads: int) -> type[GatedPool]:
    """The class of pools for a server with so many threads."""
    return type("ServerPool", (GatedPool,), {"threads": threads})
