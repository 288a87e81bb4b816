"""A session's clock: UTC, which can be advanced and frozen, with the alarms that ring on the way."""

from datetime import UTC, datetime, timedelta
from threading import Lock, RLock

from mdt.engine.alarms import Alarms


class Clock:
    """Tells the time in UTC. It can be advanced and frozen, and never goes back, except by `reset`.

    Advancing rings the alarms on the way, each at its own time, in the thread that advances.
    """

    def __init__(self) -> None:
        self.alarms = Alarms()
        self._ringing = RLock()
        self._lock = Lock()
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        with self._lock:
            return self._now()

    def _now(self) -> datetime:
        return self._frozen or datetime.now(UTC) + self._offset

    def advance(self, **duration: float) -> None:
        """Advances by the arguments of a timedelta, such as minutes=15. Returns when the alarms on the way have rung."""
        step = timedelta(**duration)
        if len(self.alarms):
            self._ring(self.now() + step)
        else:
            self._step(step)

    def _step(self, step: timedelta) -> None:
        with self._lock:
            if self._frozen:
                self._frozen += step
            else:
                self._offset += step

    def ring_due(self) -> int:
        """Rings the alarms that are due now; returns how many rang."""
        return self._ring(self.now())

    def _ring(self, until: datetime) -> int:
        rung = 0
        with self._ringing:
            while (alarm := self.alarms.take(until)) is not None:
                self._reach(alarm.at)
                alarm.ring()
                rung += 1
            self._reach(until)
        return rung

    def _reach(self, moment: datetime) -> None:
        """Advances to this moment, if it is not over."""
        left = moment - self.now()
        if left > timedelta():
            self._step(left)

    def freeze(self, at: datetime | None = None) -> None:
        """Stops the clock now, or at a given moment. A moment without a time zone is UTC."""
        if at is not None and at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        with self._lock:
            self._frozen = at.astimezone(UTC) if at else self._now()

    def unfreeze(self) -> None:
        """Lets the clock run on from where it stopped."""
        with self._lock:
            if self._frozen:
                self._offset = self._frozen - datetime.now(UTC)
                self._frozen = None

    def reset(self) -> None:
        """Back to real time."""
        with self._lock:
            self._offset, self._frozen = timedelta(), None
