"""Keeps threads free while the database hangs or is away, so that one at least is left to answer `/health/live`.

Of the payments that would wait for the database to come back, only some may: each holds a thread, as those do that hang in
the database. And while many payments have been at it for long, no further one begins.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, current_app

from backend.core import clock
from backend.core.db import db
from backend.core.settings import Settings

EXTENSION = "payments_bulkhead"
LONG = 0.25  # seconds, many times what a payment takes


class Bulkhead:
    """At most half of the threads wait, and fewer while others are busy with the database."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self.waiting = 0
        self.running: dict[object, float] = {}  # since when

    @contextmanager
    def passage(self) -> Iterator[bool]:
        """Whether one more may begin; it counts during the block."""
        one, now = object(), clock.monotonic()
        with self._lock:
            held_up = sum(now - since > LONG for since in self.running.values())
            free = held_up < max(1, self._threads // 2)
            if free:
                self.running[one] = now
        try:
            yield free
        finally:
            with self._lock:
                self.running.pop(one, None)

    @contextmanager
    def place(self, busy: int) -> Iterator[bool]:
        """Whether there is a place to wait while `busy` threads use connections; it is held during the block."""
        with self._lock:
            free = self.waiting < max(1, self._threads // 2) and self.waiting + 1 + busy < self._threads
            self.waiting += free
        try:
            yield free
        finally:
            with self._lock:
                self.waiting -= free


def init_app(app: Flask, settings: Settings) -> None:
    app.extensions[EXTENSION] = Bulkhead(settings.server_threads)


def current() -> Bulkhead:
    """The running application's one."""
    bulkhead: Bulkhead = current_app.extensions[EXTENSION]
    return bulkhead


def connections_in_use() -> int:
    """How many connections of the pool are in somebody's hands; 0 where the pool does not count."""
    count = getattr(db.session.get_bind().engine.pool, "checkedout", None)
    return int(count()) if count else 0
