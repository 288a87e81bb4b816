"""Upstream calls that a request has cost already when its caller repeats it.

SDKs repeat failed requests by themselves. Without this memory each repetition would start with all of `max_attempts`.
"""

from collections import OrderedDict
from collections.abc import Callable

from balancer.proxy.config import Settings
from balancer.proxy.request import CallerRequest

MAX_ENTRIES = 10_000


class RetryBudget:
    """Counts by the request's signature, for `retry.deadline` seconds after its last failure."""

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.settings = settings
        self._clock = clock
        self._spent: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def spent(self, request: CallerRequest) -> int:
        """Calls made by earlier tries; 0 for a request that is no repetition."""
        if not request.is_retry:
            return 0
        count, until = self._spent.get(request.signature, (0, 0.0))
        return count if self._clock() < until else 0

    def spend(self, request: CallerRequest, calls: int) -> None:
        """A try failed after so many calls."""
        total = self.spent(request) + calls
        self._spent[request.signature] = (total, self._clock() + self.settings.retry.deadline)
        self._spent.move_to_end(request.signature)
        if len(self._spent) > MAX_ENTRIES:
            self._spent.popitem(last=False)

    def left(self, request: CallerRequest) -> int:
        """Calls that a repetition of this request could still make."""
        count, _ = self._spent.get(request.signature, (0, 0.0))
        return self.settings.retry.max_attempts - count
