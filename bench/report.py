"""The report: ratios first, then this machine's figures; tables on the terminal, everything in reports/bench.json."""

import argparse
import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from statistics import median

from bench.candidates import (
    CANDIDATES,
    CONNECTIONS,
    FASTAPI,
    FLASK,
    FLASK_GUNICORN,
    LIMITED,
    OURS,
    TARGET_CPU,
    TARGET_LIMITED,
    TARGET_P99,
    TARGETS,
    THREADS,
    WORKERS,
)
from bench.wrk import Sample
from tests.framework.measured_server import ROOT

FILE = ROOT / "reports" / "bench.json"
Cells = dict[tuple[str, str], list[Sample]]


def write(cells: Cells, chosen: argparse.Namespace, database: str) -> None:
    """Print the tables and store all samples."""
    print(f"\n{conditions(chosen, database)}\n\n{ratio_table(cells)}\n\n{figure_table(cells)}")
    print(*problems(cells), sep="\n")
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(as_data(cells, chosen, database), indent=2, ensure_ascii=False) + "\n")
    print(f"All samples: {FILE.relative_to(ROOT)}")


def conditions(chosen: argparse.Namespace, database: str) -> str:
    return (
        f"{chosen.rounds} rounds of {chosen.seconds:g} s a cell, {CONNECTIONS} connections, {WORKERS} workers, "
        f"{THREADS} threads a worker; {os.cpu_count()} processors, Python {platform.python_version()}, {database}; "
        f"load average {os.getloadavg()[0]:.1f}"
    )


def ratio_table(cells: Cells) -> str:
    """The ratios, which mean something on other machines too: medians of what each round gave."""
    head = [
        "route",
        "req/s of FastAPI's",
        "p99 of bare Flask's, same server",
        "CPU of bare Flask's",
        "req/s of Flask's on gunicorn",
    ]
    rows = [[*head, "limits on"]]
    for route in routes(cells):
        fastapi, gunicorn = (ratio(cells, route, OURS, other, "per_second") for other in (FASTAPI, FLASK_GUNICORN))
        p99, cpu = (ratio(cells, route, OURS, FLASK, figure) for figure in ("p99", "cpu"))
        limited = ratio(cells, route, LIMITED, OURS, "per_second")
        rows.append(
            [
                route,
                f"{fastapi:.2f} {verdict(fastapi >= TARGETS[route])}",
                f"{p99:.2f} {verdict(p99 <= TARGET_P99)}",
                f"{cpu:.2f} {verdict(cpu <= TARGET_CPU)}",
                f"{gunicorn:.2f}",
                f"{limited:.2f} {verdict(limited >= TARGET_LIMITED)}" if limited else "",
            ]
        )
    wanted = ", ".join(f"{route} {times:g}" for route, times in TARGETS.items())
    title = (
        f"Ours as a multiple. Targets: of FastAPI's requests at least {wanted}; of bare Flask's p99 at most {TARGET_P99:g}, of its "
        f"processor time a request at most {TARGET_CPU:g}; with limits on at least {TARGET_LIMITED:g} of without"
    )
    return f"{title}\n\n{table(rows)}"


def figure_table(cells: Cells) -> str:
    """The figures, which hold on this machine alone: medians over the rounds."""
    rows = [["route", "server", "req/s", "p50 ms", "p99 ms", "server CPU ms a request"]]
    for (route, name), samples in sorted(cells.items(), key=lambda item: order(*item[0])):
        middle = {key: median(asdict(sample)[key] for sample in samples) for key in asdict(samples[0])}
        figures = f"{middle['per_second']:.0f}", f"{middle['p50']:.1f}", f"{middle['p99']:.1f}", f"{middle['cpu']:.2f}"
        rows.append([route, name, *figures])
    return f"This machine's figures\n\n{table(rows)}"


def ratio(cells: Cells, route: str, one: str, other: str, figure: str) -> float:
    """This figure of `one` for each of `other`; 0 if one of them was not measured."""
    pairs = zip(cells.get((route, one), []), cells.get((route, other), []), strict=False)
    return median([getattr(a, figure) / max(getattr(b, figure), 0.001) for a, b in pairs] or [0])


def verdict(reached: bool) -> str:
    return "(reached)" if reached else "(missed)"


def errors(cells: Cells) -> dict[str, int]:
    """Answers that were not 2xx, by cell."""
    counted = {f"{route}, {name}": sum(s.errors for s in samples) for (route, name), samples in cells.items()}
    return {cell: count for cell, count in counted.items() if count}


def problems(cells: Cells) -> list[str]:
    return [f"INVALID: {count} answers of {cell} were not 2xx" for cell, count in errors(cells).items()]


def line(turn: int, route: str, name: str, sample: Sample) -> str:
    """One cell, as it is measured."""
    bad = f"  {sample.errors} NOT 2xx" if sample.errors else ""
    return f"round {turn}  {route:<7} {name:<22} {sample.per_second:8.0f} req/s  p99 {sample.p99:6.1f} ms{bad}"


def routes(cells: Cells) -> list[str]:
    return list(dict.fromkeys(route for route, _ in cells))


def order(route: str, name: str) -> tuple[str, int]:
    return route, [candidate.name for candidate in CANDIDATES].index(name)


def table(rows: list[list[str]]) -> str:
    """Rows as a Markdown table with straight columns; the first is the head."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "|".join("-" * (w + 2) for w in widths) + "|", *lines[1:]])


def as_data(cells: Cells, chosen: argparse.Namespace, database: str) -> dict:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "conditions": conditions(chosen, database),
        "candidates": {candidate.name: candidate.title for candidate in CANDIDATES},
        "cells": [{"route": r, "server": n, "samples": [asdict(s) for s in many]} for (r, n), many in cells.items()],
        "errors": errors(cells),
    }
