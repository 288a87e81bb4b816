"""A session's clock: real time, moved or stopped by the test."""

from datetime import UTC, datetime, timedelta
from threading import Lock


class Clock:
    """Aware datetimes in UTC. Time that was moved or stopped goes on from where it stands, never back."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        with self._lock:
            return self._now()

    def _now(self) -> datetime:
        return self._frozen or datetime.now(UTC) + self._offset

    def advance(self, **duration: float) -> None:
        """Moves on by the arguments of a timedelta, such as minutes=15."""
        step = timedelta(**duration)
        with self._lock:
            if self._frozen:
                self._frozen += step
            else:
                self._offset += step

    def freeze(self, at: datetime | None = None) -> None:
        """Stops the clock now, or at a given moment (one without a zone is taken as UTC)."""
        if at is not None and at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        with self._lock:
            self._frozen = at.astimezone(UTC) if at else self._now()

    def unfreeze(self) -> None:
        """Lets time run on from where it stands."""
        with self._lock:
            if self._frozen:
                self._offset = self._frozen - datetime.now(UTC)
                self._frozen = None

    def reset(self) -> None:
        """Back to real time."""
        with self._lock:
            self._offset, self._frozen = timedelta(), None
