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
    TARGET_FASTAPI,
    TARGET_FLASK,
    THREADS,
    WORKERS,
)
from bench.servers import ROOT
from bench.wrk import Sample

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
        "time of bare Flask's, same server",
        "req/s of Flask's on gunicorn",
        "limits on",
    ]
    rows = [head]
    for route in routes(cells):
        fastapi = ratio(cells, route, OURS, FASTAPI)
        flask = ratio(cells, route, FLASK, OURS)
        gunicorn = ratio(cells, route, OURS, FLASK_GUNICORN)
        limited = ratio(cells, route, LIMITED, OURS)
        rows.append(
            [
                route,
                f"{fastapi:.2f} {verdict(fastapi >= TARGET_FASTAPI)}",
                f"{flask:.2f} {verdict(flask <= TARGET_FLASK)}",
                f"{gunicorn:.2f}",
                f"{limited:.2f}" if limited else "",
            ]
        )
    title = (
        f"Ours as a multiple (targets: at least {TARGET_FASTAPI:g} of FastAPI's, at most {TARGET_FLASK:g} of Flask's)"
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


def ratio(cells: Cells, route: str, one: str, other: str) -> float:
    """Requests a second of `one` for each of `other`; 0 if one of them was not measured."""
    pairs = zip(cells.get((route, one), []), cells.get((route, other), []), strict=False)
    return median([a.per_second / max(b.per_second, 0.01) for a, b in pairs] or [0])


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
