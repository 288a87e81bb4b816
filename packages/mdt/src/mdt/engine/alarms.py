"""What is to happen at a time of the session's clock, such as a callback in 15 minutes: listed, cancelled, rung in order."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

MOST = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Alarm:
    """`ring` is called when the session's clock reaches `at`; it may set further alarms. `about` is for lists."""

    at: datetime
    ring: Callable[[], object]
    about: dict[str, Any] = field(default_factory=dict)
    number: int = 0


class TooManyAlarmsError(Exception):
    """More than `MOST` alarms are set."""


class Alarms:
    """The alarms of one session. `on_set` is called after each new one, in the thread that set it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._numbers = itertools.count(1)
        self._set: dict[int, Alarm] = {}
        self.on_set: Callable[[], None] | None = None

    def set(self, at: datetime, ring: Callable[[], object], about: dict[str, Any]) -> Alarm:
        """Raises TooManyAlarmsError."""
        with self._lock:
            if len(self._set) >= MOST:
                raise TooManyAlarmsError
            alarm = Alarm(at, ring, about, next(self._numbers))
            self._set[alarm.number] = alarm
        if self.on_set:
            self.on_set()
        return alarm

    def pending(self) -> list[Alarm]:
        """Those that have not rung, the earliest first."""
        with self._lock:
            return sorted(self._set.values(), key=lambda one: (one.at, one.number))

    def take(self, until: datetime) -> Alarm | None:
        """Removes and returns the earliest alarm that is due at this time; None if there is none."""
        with self._lock:
            due = min(self._set.values(), key=lambda one: (one.at, one.number), default=None)
            if due is None or due.at > until:
                return None
            return self._set.pop(due.number)

    def clear(self) -> int:
        """Cancels all; returns how many there were."""
        with self._lock:
            count = len(self._set)
            self._set.clear()
        return count

    def __len__(self) -> int:
        return len(self._set)
