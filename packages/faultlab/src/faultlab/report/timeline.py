"""The timeline of a case as SVG shapes: dots of requests, bands of outages, marks of events, the line of liveness.

Shapes of a kind are one path, and touching dots are merged: ten thousand requests need a few kilobytes.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from faultlab.report_model import Case, Health, Outcome, Request

# --- the scale: seconds and milliseconds to pixels
WIDTH, HEIGHT = 960, 270
LEFT, RIGHT, TOP, BOTTOM = 54, 946, 46, 238  # the drawing area
LEAST = 0.1  # milliseconds: the bottom of the logarithmic axis
STEPS = (1, 2, 5, 10)
TICKS = 10  # at most, from left to right


@dataclass(frozen=True)
class Scale:
    """The axes: 0 to `seconds` across, 10 ** `low` to 10 ** `high` milliseconds up."""

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
        """Positions and labels of the ticks across."""
        step = _step(self.seconds)
        return [(self.x(number * step), f"{number * step:g}") for number in range(int(self.seconds / step + 1e-9) + 1)]

    def up(self) -> list[tuple[int, str]]:
        """Positions and labels of the ticks up."""
        return [(self.y(10.0**power), named(10.0**power)) for power in range(self.low, self.high + 1)]


def fitting(seconds: Iterable[float], latencies: Iterable[float]) -> Scale:
    """The scale that covers all values."""
    shown = [max(one, LEAST) for one in latencies] or [1.0]
    low, high = math.floor(math.log10(min(shown))), math.ceil(math.log10(max(shown)))
    return Scale(seconds=max([*seconds, 0.01]), low=min(low, high - 1), high=high)


def named(ms: float) -> str:
    """A duration as text: `0.1 ms`, `10 ms`, `2.5 s`."""
    seconds = ms / 1000
    return f"{ms:.3g} ms" if seconds < 1 else f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"


def _step(seconds: float) -> float:
    """The smallest round step with at most TICKS ticks."""
    unit = 10.0 ** math.floor(math.log10(seconds / TICKS))
    return next(unit * one for one in STEPS if seconds / (unit * one) <= TICKS)


# --- the shapes
DOTS = 1500  # above this number touching dots of a pixel column are merged
TOUCH = 3  # pixels
TALL_MARKS = 12  # above this number faults get short lines
LABEL_LEFT = LEFT + (RIGHT - LEFT) * 0.72  # beyond this a label is placed left of its mark

SHAPES: dict[Outcome, str] = {
    "ok": "h0",  # a dot, by round line caps
    "fail": "m-4-4l8 8m-8 0l8-8",
    "unknown": "m0-5l5 5-5 5-5-5z",
}


@dataclass(frozen=True)
class Mark:
    """A labelled event; `end`: the label is left of it."""

    key: str
    x: int
    row: int
    label: str
    end: bool


@dataclass(frozen=True)
class Timeline:
    """Everything that the template draws; values of `dots` are SVG path data."""

    scale: Scale
    dots: dict[Outcome, str]
    counts: Counter[Outcome]
    thinned: bool
    bands: list[tuple[int, int]]
    fired: list[int]
    tall: bool
    marks: list[Mark]
    alive: str
    lost: list[int]
    budget: int


def timeline(case: Case) -> Timeline:
    scale = _scale(case)
    thinned = len(case.requests) > DOTS
    fired = _apart(scale.x(one.t) for one in case.firings)
    return Timeline(
        scale=scale,
        dots={outcome: _dots(case.requests, outcome, scale, thinned=thinned) for outcome in SHAPES},
        counts=Counter(request.outcome for request in case.requests),
        thinned=thinned,
        bands=[_band(scale.x(one.began), scale.x(one.ended)) for one in case.outages],
        fired=fired,
        tall=len(fired) <= TALL_MARKS,
        marks=list(_marks(case, scale)),
        alive=_alive(case.health, scale),
        lost=_apart(scale.x(one.t) for one in case.health if one.status != 200),
        budget=scale.y(case.budget * 1000),
    )


def ended(request: Request) -> float:
    """When the answer came or the client gave up."""
    return request.t + request.ms / 1000


def _scale(case: Case) -> Scale:
    seconds = [case.duration_ms / 1000, *map(ended, case.requests), *(one.ended for one in case.outages)]
    seconds += [*(one.t for one in case.firings), *(one.t for one in case.health)]
    latencies = [*(one.ms for one in case.requests), *(one.ms for one in case.health), case.budget * 1000]
    return fitting(seconds, latencies)


def _dots(requests: Iterable[Request], outcome: Outcome, scale: Scale, *, thinned: bool) -> str:
    """Path data of the dots of an outcome; `thinned` merges touching `ok` dots and drops other duplicates."""
    places = [(scale.x(ended(one)), scale.y(one.ms)) for one in requests if one.outcome == outcome]
    if not thinned:
        return "".join(f"M{x} {y}{SHAPES[outcome]}" for x, y in places)
    if outcome == "ok":
        return "".join(_columns(places))
    return "".join(f"M{x} {y}{SHAPES[outcome]}" for x, y in dict.fromkeys(places))


def _columns(places: list[tuple[int, int]]) -> Iterable[str]:
    """Path data in which touching dots of a column are one line."""
    columns: dict[int, set[int]] = defaultdict(set)
    for x, y in places:
        columns[x].add(y)
    for x, column in sorted(columns.items()):
        first = last = min(column)
        for y in sorted(column):
            if y - last > TOUCH:
                yield f"M{x} {first}v{last - first}"
                first = y
            last = y
        yield f"M{x} {first}v{last - first}"


def _apart(places: Iterable[int]) -> list[int]:
    """The positions without those that overlap another."""
    kept: list[int] = []
    for x in sorted(places):
        if not kept or x - kept[-1] > TOUCH:
            kept.append(x)
    return kept


def _band(begin: int, end: int) -> tuple[int, int]:
    """Start and width, at least 2 pixels."""
    return begin, max(end - begin, 2)


def _marks(case: Case, scale: Scale) -> Iterable[Mark]:
    times = {
        "fired": min((one.t for one in case.firings), default=None),
        "healed": case.healed,
        "recovered": case.recovered,
    }
    for row, (key, seconds) in enumerate(times.items()):
        if seconds is not None:
            many = f" ×{len(case.firings)}" if key == "fired" and len(case.firings) > 1 else ""
            x = scale.x(seconds)
            yield Mark(key=key, x=x, row=row, label=f"{seconds:.2f} s{many}", end=x > LABEL_LEFT)


def _alive(health: Iterable[Health], scale: Scale) -> str:
    """Path data through the slowest answer of each column, interrupted by answers other than 200."""
    parts: list[str] = []
    for good, answers in groupby(health, key=lambda one: one.status == 200):
        if good:
            slowest: dict[int, int] = {}
            for one in answers:
                x = scale.x(one.t)
                slowest[x] = min(scale.y(one.ms), slowest.get(x, scale.y(one.ms)))
            parts.append("M" + " ".join(f"{x} {y}" for x, y in slowest.items()))
    return "".join(parts)


ROW_HEIGHT = 13


def label_y(mark: Mark) -> int:
    """The y position of a label: a row above the drawing for each mark."""
    return TOP - 34 + ROW_HEIGHT * mark.row
