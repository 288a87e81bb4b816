"""How the production server stops: readiness goes off, requests in flight end, the rest is cut off."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from backend.core import drain

log = structlog.get_logger("server")

DRAIN, STOP, KILL = range(3)  # the steps


class GracefulShutdown:
    """Stops the server in three steps: drain, stop, kill. Each signal takes the next step; the end of the drain takes the second."""

    def __init__(self, drain_seconds: float, stop: Callable[[], None], kill: Callable[[], None]) -> None:
        self._drain_seconds = drain_seconds
        self._steps = {DRAIN: self._drain, STOP: stop, KILL: kill}
        self._lock = threading.Lock()
        self._next = DRAIN

    def advance(self) -> threading.Thread:
        """Take the next step, outside the signal handler: what it interrupted may hold a lock that the step needs."""
        thread = threading.Thread(target=self.take, args=[self._next])
        thread.start()
        return thread

    def take(self, step: int) -> None:
        """Take `step`, unless that has been done already."""
        with self._lock:
            if step != self._next:
                return
            self._next = min(step + 1, KILL)
        self._steps[step]()

    def _drain(self) -> None:
        Path(os.environ[drain.VARIABLE]).touch()
        log.info("server.draining", seconds=self._drain_seconds)
        timer = threading.Timer(self._drain_seconds, self.take, [STOP])
        timer.daemon = True
        timer.start()
