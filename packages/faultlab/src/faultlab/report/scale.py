"""From seconds and milliseconds to places in a drawing, and the round numbers beside its axes."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH, HEIGHT = 960, 270
LEFT, RIGHT, TOP, BOTTOM = 54, 946, 46, 238  # of the area that is drawn in
LEAST = 0.1  # milliseconds: the bottom of the logarithmic axis
STEPS = (1, 2, 5, 10)
TICKS = 10  # at most, from left to right


@dataclass(frozen=True)
class Scale:
    """`seconds` from left to right; latency upwards, from 10 ** `low` to 10 ** `high` milliseconds."""

    seconds: float
    low: int
    high: int

    def x(self, seconds: float) -> int:
        share = min(max(seconds / self.seconds, 0), 1)
        return round(LEFT + share * (RIGHT - LEFT))

    def y(self, ms: float) -> int:
        share = (math.log10(max(ms, LEAST)) - self.low) / (self.high - self.low)
        return round(BOTTOM - min(max(share, 0), 1) * (BOTTOM - TOP))

    def across(self) -> list[tuple[int, str]]:
        """Places and numbers of the seconds."""
        step = _step(self.seconds)
        return [(self.x(number * step), f"{number * step:g}") for number in range(int(self.seconds / step + 1e-9) + 1)]

    def up(self) -> list[tuple[int, str]]:
        """Places and names of the latencies."""
        return [(self.y(10.0**power), named(10.0**power)) for power in range(self.low, self.high + 1)]


def fitting(seconds: Iterable[float], latencies: Iterable[float]) -> Scale:
    """The scale that shows all of them."""
    shown = [max(one, LEAST) for one in latencies] or [1.0]
    low, high = math.floor(math.log10(min(shown))), math.ceil(math.log10(max(shown)))
    return Scale(seconds=max([*seconds, 0.01]), low=min(low, high - 1), high=high)


def named(ms: float) -> str:
    """`0.1 ms`, `10 ms`, `2.5 s`"""
    seconds = ms / 1000
    return f"{ms:.3g} ms" if seconds < 1 else f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"


def _step(seconds: float) -> float:
    """The smallest round number that makes few enough ticks."""
    unit = 10.0 ** math.floor(math.log10(seconds / TICKS))
    return next(unit * one for one in STEPS if seconds / (unit * one) <= TICKS)
