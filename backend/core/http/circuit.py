"""A circuit breaker: after several failures in a row it blocks all calls but one probe per pause."""

import threading

from backend.core import clock
from backend.core.http.errors import NotCalledError


class Circuit:
    """Opens after `limit` failures in a row; a success closes it. Safe to share between threads."""

    def __init__(self, limit: int, pause: float) -> None:
        self._limit = limit
        self._pause = pause
        self._lock = threading.Lock()
        self._failures = 0
        self._last_try = 0.0

    @property
    def is_open(self) -> bool:
        return self._failures >= self._limit

    def enter(self) -> None:
        """Let a call pass, or raise `NotCalledError`. While it is open, one call per pause passes: the probe."""
        with self._lock:
            if not self.is_open:
                return
            left = self._last_try + self._pause - clock.monotonic()
            if left > 0:
                raise NotCalledError(pause=left)
            self._last_try = clock.monotonic()  # a probe that never comes back costs one pause

    def record(self, *, failed: bool) -> bool:
        """Count how a call ended; True when this opened the circuit."""
        with self._lock:
            was_open = self.is_open
            self._failures = self._failures + 1 if failed else 0
            self._last_try = clock.monotonic()
            return self.is_open and not was_open
