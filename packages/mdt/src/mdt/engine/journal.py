"""What a session was asked and what it answered: the newest entries, with subscribers that hear each new one."""

import itertools
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from mdt.engine.masking import outcome_as_json, outcome_summary, request_as_json
from mdt.engine.messages import Reply, Request
from mdt.engine.outcome import Outcome

log = logging.getLogger(__name__)
LIMIT = 10_000
BYTES = 64 * 2**20  # of bodies


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and its outcome; file and line say where the answer is written."""

    number: int
    at: datetime
    service: str | None
    route: str | None  # "POST /internal/inventory/check"
    scenario: str | None
    request: Request
    outcome: Outcome
    file: str | None = None
    line: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "at": self.at.isoformat(),
            "service": self.service,
            "route": self.route,
            "scenario": self.scenario,
            "request": request_as_json(self.request),
            **outcome_as_json(self.outcome),
            "file": self.file,
            "line": self.line,
        }

    def summary(self) -> dict[str, Any]:
        """One line about it, for lists and live events: no bodies, no headers."""
        return {
            "number": self.number,
            "at": self.at.isoformat(),
            "service": self.service,
            "route": self.route,
            "scenario": self.scenario,
            "method": self.request.method,
            "url": self.request.url,
            **outcome_summary(self.outcome),
        }


class Journal:
    """Holds the newest `limit` entries with `size` bytes of bodies; the oldest go first, and `dropped` counts them."""

    def __init__(self, limit: int = LIMIT, size: int = BYTES) -> None:
        self._entries: deque[Entry] = deque()
        self._limit = limit
        self._room = self._size = size
        self._numbers = itertools.count(1)
        self._subscribers: tuple[Callable[[Entry], None], ...] = ()
        self._lock = Lock()
        self.dropped = 0

    def next_number(self) -> int:
        """A number for one entry. Numbers go on after `clear`, so that `since` never misses an entry."""
        return next(self._numbers)

    def append(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)
            self._room -= _weight(entry)
            while len(self._entries) > self._limit or (self._room < 0 and len(self._entries) > 1):
                self._room += _weight(self._entries.popleft())
                self.dropped += 1
        for subscriber in self._subscribers:
            _tell(subscriber, entry)

    def entries(self) -> list[Entry]:
        with self._lock:
            return list(self._entries)

    def since(self, number: int) -> list[Entry]:
        """The entries after this number."""
        return [entry for entry in self.entries() if entry.number > number]

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._room = self._size
            self.dropped = 0

    def subscribe(self, callback: Callable[[Entry], None]) -> Callable[[], None]:
        """Calls back with each new entry, in the thread that wrote it. Returns the way to stop that."""
        with self._lock:
            self._subscribers = (*self._subscribers, callback)
        return lambda: self._unsubscribe(callback)

    def _unsubscribe(self, callback: Callable[[Entry], None]) -> None:
        with self._lock:
            self._subscribers = tuple(one for one in self._subscribers if one is not callback)

    def __len__(self) -> int:
        return len(self._entries)


def _weight(entry: Entry) -> int:
    """Bytes of its bodies."""
    return len(entry.request.body) + (len(entry.outcome.body) if isinstance(entry.outcome, Reply) else 0)


def _tell(subscriber: Callable[[Entry], None], entry: Entry) -> None:
    """A subscriber that fails is a nuisance in the log, never a wrong answer to the request."""
    try:
        subscriber(entry)
    except Exception:
        log.exception("a subscriber of the journal failed")
