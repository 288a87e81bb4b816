"""A pool that keeps one thread free while the database hangs, to answer `/health/live`.

The pool has fewer connections than the server has threads. If all connections hang, more and more threads would wait for one,
until none is left. So only some threads may wait; the others are refused at once, as overload. Threads that wait for the
database to come back, without a connection, count as well.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, override

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, Pool, QueuePool

STUCK = 0.15  # seconds without a returned connection; a payment takes far less
LOOK = 0.01  # seconds between two checks whether everybody is stuck, once nothing has moved for so long


class Gate:
    """Lets in one thread for each connection, and never the last of `threads` while those inside are stuck."""

    def __init__(self, connections: int, threads: int, patience: float) -> None:
        self._connections, self._threads, self._patience = connections, threads, patience
        self._lock = threading.Lock()
        self._queue: deque[threading.Condition] = deque()  # whoever waits, in the order of their arrival
        self._inside = 0
        self._aside = 0
        self._moved = time.monotonic()

    def enter(self) -> None:
        """Wait for a place; raises SQLAlchemy's `TimeoutError` after `patience` seconds, or earlier if waiting is of no use."""
        with self._lock:
            if self._queue or self._inside >= self._room():
                self._wait_for_a_place(time.monotonic() + self._patience)
            self._inside += 1
            self._moved = time.monotonic()
            self._wake()

    def _wait_for_a_place(self, until: float) -> None:
        """Queue up: a thread that comes later must not be served earlier, or some wait many times as long as the others."""
        turn = threading.Condition(self._lock)
        self._queue.append(turn)
        try:
            while self._queue[0] is not turn or self._inside >= self._room():
                self._wait_a_moment(turn, until)
        except BaseException:
            self._queue.remove(turn)
            self._wake()
            raise
        self._queue.popleft()

    def _wait_a_moment(self, turn: threading.Condition, until: float) -> None:
        """Until told, or until it is time to see whether waiting is still of use."""
        now = time.monotonic()
        if now >= until or self._hopeless(now):
            raise PoolTimeoutError(f"all {self._connections} connections are in use")
        turn.wait(min(until - now, max(LOOK, self._moved + STUCK - now)))

    def _wake(self) -> None:
        """Tell the first of the queue if there is a place."""
        if self._queue and self._inside < self._room():
            self._queue[0].notify()

    def _room(self) -> int:
        """How many threads may be inside: all but one and those aside, and always at least one."""
        return max(1, min(self._connections, self._threads - 1 - self._aside))

    def _hopeless(self, now: float) -> bool:
        """Whether nothing has changed for a while, and every thread is inside, waiting or aside."""
        return self._busy() >= self._threads and now - self._moved > STUCK

    def _busy(self) -> int:
        return self._inside + len(self._queue) + self._aside

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            self._moved = time.monotonic()
            self._wake()

    @contextmanager
    def aside(self) -> Iterator[bool]:
        """Whether this thread may wait without a connection; it counts as waiting during the block. At most half of the threads
        may, and never the last one.
        """
        with self._lock:
            free = self._aside < max(1, self._threads // 2) and self._busy() + 1 < self._threads
            self._aside += free
        try:
            yield free
        finally:
            with self._lock:
                self._aside -= free
                self._wake()


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
