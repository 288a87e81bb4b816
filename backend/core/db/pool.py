"""A pool that keeps one thread free while the database hangs, to answer `/health/live`.

The pool has fewer connections than the server has threads. If all connections hang, more and more threads would wait for one,
until none is left. So only some threads may wait; the others are refused at once, as overload. Threads that wait for the
database to come back, without a connection, count as well.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, override

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, Pool, QueuePool

STUCK = 0.15  # seconds without a returned connection; a payment takes far less
LOOK = 0.01  # seconds between two checks whether they are stuck


class Gate:
    """Lets in one thread for each connection, and never the last of `threads` while those inside are stuck."""

    def __init__(self, connections: int, threads: int, patience: float) -> None:
        self._connections, self._threads, self._patience = connections, threads, patience
        self._changed = threading.Condition()
        self._inside = 0
        self._waiting = 0
        self._aside = 0
        self._moved = time.monotonic()

    def enter(self) -> None:
        """Wait for a place; raises SQLAlchemy's `TimeoutError` after `patience` seconds, or earlier if waiting is of no use."""
        with self._changed:
            self._waiting += 1
            try:
                self._wait_for_a_place(time.monotonic() + self._patience)
            finally:
                self._waiting -= 1
            self._inside += 1
            self._moved = time.monotonic()

    def _wait_for_a_place(self, until: float) -> None:
        while self._inside >= self._room():
            left = until - time.monotonic()
            if left <= 0 or self._hopeless():
                raise PoolTimeoutError(f"all {self._connections} connections are in use")
            self._changed.wait(min(left, LOOK))

    def _room(self) -> int:
        """How many threads may be inside: all but one and those aside, and always at least one."""
        return max(1, min(self._connections, self._threads - 1 - self._aside))

    def _hopeless(self) -> bool:
        """Whether nothing has changed for a while, and every thread is inside, waiting or aside."""
        return self._busy() >= self._threads and time.monotonic() - self._moved > STUCK

    def _busy(self) -> int:
        return self._inside + self._waiting + self._aside

    def leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._moved = time.monotonic()
            self._changed.notify()

    @contextmanager
    def aside(self) -> Iterator[bool]:
        """Whether this thread may wait without a connection; it counts as waiting during the block. At most half of the threads
        may, and never the last one.
        """
        with self._changed:
            free = self._aside < max(1, self._threads // 2) and self._busy() + 1 < self._threads
            self._aside += free
        try:
            yield free
        finally:
            with self._changed:
                self._aside -= free
                self._changed.notify()


class GatedPool(QueuePool):
    """A pool behind its `gate`. `threads` is set by `gated`."""

    threads: ClassVar[int]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.gate = Gate(self.size(), self.threads, self.timeout())
        self._own = threading.local()

    @override
    def _do_get(self) -> ConnectionPoolEntry:
        if getattr(self._own, "inside", False):  # the pool calls itself when another thread was quicker
            return super()._do_get()
        self.gate.enter()
        self._own.inside = True
        try:
            return super()._do_get()
        except BaseException:
            self.gate.leave()
            raise
        finally:
            self._own.inside = False

    @override
    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        try:
            super()._do_return_conn(record)
        finally:
            self.gate.leave()


def gated(threads: int) -> type[GatedPool]:
    """The class of pools for a server with so many threads."""
    return type("ServerPool", (GatedPool,), {"threads": threads})


def gate_of(pool: Pool) -> Gate | None:
    """The gate of this pool, or None."""
    return pool.gate if isinstance(pool, GatedPool) else None
