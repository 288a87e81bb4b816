"""Counters of rate limits in the memory of one worker, for the library `limits`.

The library's own memory starts a thread to walk over all counters while it counts; with each request from another address that cost a login a fifth.
"""

import threading
import time
from typing import override

from limits.storage import Storage

MOST_EXPIRED = 1024  # counters that may lie around beside twice the live ones


class WorkerMemory(Storage):
    """Fixed windows, as in Redis: the first request of a key opens its window. Expired ones go when the table has doubled."""

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[int, float]] = {}  # key: requests, end of the window in seconds since 1970
        self._sweep_at = MOST_EXPIRED

    @property
    @override
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        return ()

    @override
    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        now = time.time()
        with self._lock:
            counted, end = self._windows.get(key, (0, 0.0))
            if end <= now:
                counted, end = 0, now + expiry
            self._windows[key] = (counted + amount, end)
            if len(self._windows) > self._sweep_at:
                self._sweep(now)
        return counted + amount

    def _sweep(self, now: float) -> None:
        self._windows = {key: window for key, window in self._windows.items() if window[1] > now}
        self._sweep_at = 2 * len(self._windows) + MOST_EXPIRED

    @override
    def get(self, key: str) -> int:
        counted, end = self._windows.get(key, (0, 0.0))
        return counted if end > time.time() else 0

    @override
    def get_expiry(self, key: str) -> float:
        return max(self._windows.get(key, (0, 0.0))[1], time.time())

    @override
    def check(self) -> bool:
        return True

    @override
    def reset(self) -> int:
        with self._lock:
            gone = len(self._windows)
            self._windows = {}
        return gone

    @override
    def clear(self, key: str) -> None:
        with self._lock:
            self._windows.pop(key, None)
