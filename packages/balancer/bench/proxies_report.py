"""Prints what bench/proxies.py has measured, as tables in Markdown, with the ratio to each peer."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

OURS = "balancer"


@dataclass(frozen=True)
class Measured:
    """Milliseconds: what was added, its quartiles and its 99th percentile; `cpu` is processor time a request."""

    p50: float
    q1: float
    q3: float
    p99: float
    cpu: float


def print_report(result: Mapping[str, Any], events: int) -> None:
    names = list(result["idle"])
    print(
        f"versions: {result['versions']}; load average {result['load before']:.2f} before, {result['load after']:.2f} after\n"
    )
    _table(
        ["added milliseconds (median, quartiles, p99)", "direct", *names, *_ratios(names)], _latencies(result, names)
    )
    _table(["microseconds an event", *names, *_ratios(names)], list(_events(result, names, events)))
    _table(["process", *names, *_ratios(names)], list(_process(result, names)))


def _ratios(names: list[str]) -> list[str]:
    return [f"{OURS} / {name}" for name in names if name != OURS]


def _latencies(result: Mapping[str, Any], names: list[str]) -> list[list[str]]:
    return [
        [case, f"{found['direct'].p50:.2f}", *(_added(found[name]) for name in names), *_compared({n: found[n].p50 for n in names if found[n]}, names)]
        for case, found in result["latency"].items()
    ]  # fmt: skip


def _added(one: Measured | None) -> str:
    return "–" if one is None else f"{one.p50:.2f} ({one.q1:.2f}–{one.q3:.2f}), {one.p99:.2f}"


def _compared(values: Mapping[str, float], names: list[str]) -> list[str]:
    """Our value by theirs."""
    peers = [name for name in names if name != OURS]
    return [f"{values[OURS] / values[name]:.2f}" if OURS in values and values.get(name) else "–" for name in peers]


def _events(result: Mapping[str, Any], names: list[str], events: int) -> Any:
    for case, found in result["latency"].items():
        if "events" in case:
            for kind, of in (("added", lambda one: one.p50), ("processor time", lambda one: one.cpu)):
                values = {name: of(found[name]) * 1000 / events for name in names if found[name]}
                yield [f"{case}: {kind}", *(_number(values.get(name), 1) for name in names), *_compared(values, names)]


def _process(result: Mapping[str, Any], names: list[str]) -> Any:
    load = result["throughput"]
    rows = [
        ("requests a second on one processor", {name: median(one[0] for one in load[name]) for name in names}, 0),
        ("processor time a request under load, ms", {name: median(one[1] for one in load[name]) for name in names}, 2),
        ("memory after the start, MiB", result["idle"], 1),
        ("memory after the run, MiB", result["memory"], 1),
        ("seconds to the first answer", {name: median(result["start"][name]) for name in names}, 2),
    ]
    for title, values, digits in rows:
        yield [title, *(_number(values[name], digits) for name in names), *_compared(values, names)]


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _table(head: list[str], rows: list[list[str]]) -> None:
    for row in (head, ["---"] * len(head), *rows):
        print(f"| {' | '.join(row)} |")
    print()
