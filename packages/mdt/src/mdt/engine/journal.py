"""The journal of a session: its newest requests with their outcomes, within a limit, and subscribers for new ones."""

import itertools
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import Any, Literal
from weakref import WeakSet

from mdt.engine.masking import outcome_as_json, outcome_summary, request_as_json
from mdt.engine.messages import Reply, Request
from mdt.engine.outcome import Outcome, Undelivered

log = logging.getLogger(__name__)
LIMIT = 10_000
BYTES = 64 * 2**20  # shared by all journals of the process
OVERHEAD = 1_500  # bytes of an entry beside its texts
type Kind = Literal["call", "callback"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One request and its outcome; `file` and `line` say where the answer is defined.

    Of a callback, which goes out, it is the request that mdt sent and the answer that came; `scenario` is its name.
    """

    number: int
    at: datetime
    service: str | None
    route: str | None  # "POST /internal/inventory/check"
    scenario: str | None
    request: Request
    outcome: Outcome | Undelivered
    file: str | None = None
    line: int | None = None
    kind: Kind = "call"

    def as_json(self) -> dict[str, Any]:
        return {
            **self._place(),
            "request": request_as_json(self.request),
            **outcome_as_json(self.outcome),
            "file": self.file,
            "line": self.line,
        }

    def summary(self) -> dict[str, Any]:
        """A short form for lists and live events, without bodies and headers."""
        return {
            **self._place(),
            "method": self.request.method,
            "url": self.request.url,
            **outcome_summary(self.outcome),
        }

    def _place(self) -> dict[str, Any]:
        return {
            "number": self.number,
            **({"callback": True} if self.kind == "callback" else {}),
            "at": self.at.isoformat(),
            "service": self.service,
            "route": self.route,
            "scenario": self.scenario,
        }


class MemoryLimit:
    """The memory limit that all journals share. If it is exceeded, the largest journal drops its oldest entries."""

    def __init__(self, size: int = BYTES) -> None:
        self.lock = RLock()
        self.size = size
        self.journals: WeakSet[Journal] = WeakSet()
        self._taken = 0  # counts journals that are gone until the limit is reached

    def take(self, size: int) -> None:
        """The caller holds the lock. The newest entry of a journal always stays."""
        self._taken += size
        if self._taken <= self.size:
            return
        while (taken := sum(one.bytes for one in self.journals)) > self.size:
            largest = max(self.journals, key=lambda one: one.bytes if len(one) > 1 else 0)
            if len(largest) < 2:
                break
            largest.drop_oldest()
        self._taken = taken


MEMORY = MemoryLimit()


class Journal:
    """Keeps the newest `limit` entries, fewer if the shared memory is full. `dropped` counts those that it dropped."""

    def __init__(self, limit: int = LIMIT, memory: MemoryLimit = MEMORY) -> None:
        self._entries: deque[tuple[Entry, int]] = deque()
        self._limit = limit
        self._memory = memory
        self.bytes = 0
        self._numbers = itertools.count(1)
        self._subscribers: tuple[Callable[[Entry], None], ...] = ()
        self.dropped = 0
        with memory.lock:
            memory.journals.add(self)

    def next_number(self) -> int:
        """The number of the next entry. `clear` does not reset it, so that `since` never misses an entry."""
        return next(self._numbers)

    def append(self, entry: Entry) -> None:
        entry.request.forget()
        with self._memory.lock:
            size = _bytes(entry)
            self._entries.append((entry, size))
            self.bytes += size
            while len(self._entries) > self._limit:
                self.drop_oldest()
            self._memory.take(size)
        for subscriber in self._subscribers:
            _tell(subscriber, entry)

    def entries(self, kind: Kind | None = "call") -> list[Entry]:
        """The calls, oldest first; or the callbacks that were sent; or, with None, both."""
        with self._memory.lock:
            return [entry for entry, _size in self._entries if kind in {None, entry.kind}]

    def since(self, number: int) -> list[Entry]:
        """The calls and callbacks after this number."""
        return [entry for entry in self.entries(None) if entry.number > number]

    def clear(self) -> None:
        with self._memory.lock:
            self._entries.clear()
            self.bytes = 0
            self.dropped = 0

    def drop_oldest(self) -> None:
        """The caller holds the lock of the memory limit."""
        _entry, size = self._entries.popleft()
        self.bytes -= size
        self.dropped += 1

    def subscribe(self, callback: Callable[[Entry], None]) -> Callable[[], None]:
        """Calls back with each new entry, in the thread that wrote it. Returns a function that ends it."""
        with self._memory.lock:
            self._subscribers = (*self._subscribers, callback)
        return lambda: self._unsubscribe(callback)

    def _unsubscribe(self, callback: Callable[[Entry], None]) -> None:
        with self._memory.lock:
            self._subscribers = tuple(one for one in self._subscribers if one is not callback)

    def __len__(self) -> int:
        return len(self._entries)


class Unrecorded(Journal):
    """The journal of calls that nobody made, such as those that check an answer: it keeps nothing and tells nobody."""

    def append(self, entry: Entry) -> None:
        pass


def _bytes(entry: Entry) -> int:
    """The size of its bodies, headers and addresses. A shared answer counts in each entry."""
    request, outcome = entry.request, entry.outcome
    headers = getattr(request.headers, "bytes", None)
    if headers is None:
        headers = sum(len(name) + len(value) for name, value in request.headers.items())
    answered = 0
    if isinstance(outcome, Reply):
        answered = len(outcome.content()) + sum(len(name) + len(value) for name, value in outcome.headers)
    return OVERHEAD + len(request.body) + headers + len(request.url) + len(request.query) + answered


def _tell(subscriber: Callable[[Entry], None], entry: Entry) -> None:
    """Logs a subscriber that fails; the request is answered all the same."""
    try:
        subscriber(entry)
    except Exception:
        log.exception("a subscriber of the journal failed")
