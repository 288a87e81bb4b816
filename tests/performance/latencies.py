"""Recorded latencies and their percentiles: every request counts, from the moment at which it was due.

A user who waits for an answer sends nothing meanwhile. Measured from the sending, a stall of a second would be one slow request;
measured from the schedule it is as many as were due in that second ("coordinated omission").
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

STEP = 10  # parts of a millisecond to which a latency is rounded up
PERCENTILES = (50, 90, 95, 99, 99.9)


@dataclass
class Latencies:
    """Of one operation: how many took how long, in tenths of milliseconds; which failed, and why."""

    counts: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    def add(self, milliseconds: float, failure: str | None = None, times: int = 1) -> None:
        self.counts[math.ceil(milliseconds * STEP)] += times
        if failure:
            self.failures[failure] += times

    @property
    def total(self) -> int:
        return self.counts.total()

    @property
    def failed(self) -> int:
        return self.failures.total()

    def percentile(self, percent: float) -> float:
        """The nearest-rank percentile in milliseconds: the smallest latency that at least `percent` of all do not exceed."""
        rank = max(1, math.ceil(self.total * percent / 100))
        for tenths in sorted(self.counts):
            rank -= self.counts[tenths]
            if rank <= 0:
                return tenths / STEP
        return 0.0

    def merge(self, other: "Latencies") -> None:
        self.counts += other.counts
        self.failures += other.failures

    def summary(self) -> dict[str, Any]:
        """What the report says of them."""
        told = {f"p{percent:g}": self.percentile(percent) for percent in PERCENTILES}
        return {"requests": self.total, "failed": self.failed, **told, "max": max(self.counts, default=0) / STEP}


Recorded = dict[str, Latencies]  # by operation


def pack(recorded: Recorded) -> dict[str, Any]:
    """As JSON and msgpack carry it."""
    return {name: {"counts": [*one.counts.items()], "failures": dict(one.failures)} for name, one in recorded.items()}


def merge(recorded: Recorded, packed: Mapping[str, Any]) -> None:
    """Add what `pack` has made, of another process for example."""
    for name, one in packed.items():
        counts = Counter({int(tenths): times for tenths, times in one["counts"]})
        recorded.setdefault(name, Latencies()).merge(Latencies(counts, Counter(one["failures"])))


def together(recorded: Iterable[Latencies]) -> Latencies:
    """All operations as one."""
    whole = Latencies()
    for one in recorded:
        whole.merge(one)
    return whole


class Schedule:
    """When a user's requests are due, `period` seconds apart, whether or not the last one was answered in time."""

    def __init__(self, first: float, period: float, clock: Callable[[], float]) -> None:
        self.due, self.period, self._clock = first, period, clock

    def wait(self) -> float:
        """Seconds until the next one is due; none if it is overdue."""
        return max(0.0, self.due - self._clock())

    def take(self) -> float:
        """The moment at which the next one was due; call it when you send it."""
        due, self.due = self.due, self.due + self.period
        return due

    def milliseconds_since(self, due: float) -> float:
        return max(0.0, self._clock() - due) * 1000

    def missed(self, end: float) -> list[float]:
        """Those that were due before `end` and were never sent, because the user was still waiting."""
        return [self.due + number * self.period for number in range(math.ceil(max(0.0, end - self.due) / self.period))]
