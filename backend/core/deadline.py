"""A moment by which a whole task must be over: one call with its retries, or several calls of one request."""

from backend.core import clock


class Deadline:
    """`Deadline(5)` is in five seconds, on a clock that never goes back."""

    def __init__(self, seconds: float) -> None:
        self._end = clock.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until then; 0 from then on."""
        return max(0.0, self._end - clock.monotonic())
