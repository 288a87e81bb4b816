"""The report of a load test: one JSON file with everything, one HTML page without scripts, one table for the terminal."""

import json
import os
import platform
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from tests.performance.latencies import Recorded, pack, together

PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Load test</title>
<style>body{{font:15px system-ui;margin:2rem auto;max-width:64rem;padding:0 1rem}}table{{border-collapse:collapse}}
td,th{{padding:.3rem .7rem;border-bottom:1px solid #ccc;text-align:right}}td:first-child,th:first-child{{text-align:left}}
.bad{{color:#b00020}}svg{{background:#fafafa;border:1px solid #ddd;width:100%;height:8rem}}</style>
<h1>Load test</h1><p>{conditions}</p>{problems}
<h2>Milliseconds from the moment at which a request was due</h2>{latencies}
<p>Nearest-rank percentiles of every request that was due, failed ones included, on a grid of 0.1 ms.</p>
<h2>The server</h2>{server}</html>
"""


def data(load: Any, address: str, recorded: Recorded, server: dict[str, Any] | None) -> dict[str, Any]:
    """Everything that was measured."""
    failures = sum((one.failures for one in recorded.values()), Counter())
    operations = {name: one.summary() for name, one in sorted(recorded.items())}
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "address": address,
        "machine": f"{os.cpu_count()} processors, Python {platform.python_version()}, load average {os.getloadavg()[0]:.1f}",
        "load": asdict(load),
        "operations": {"all": together(recorded.values()).summary(), **operations},
        "failures": dict(failures),
        "server": server,
        "latencies": pack(recorded),
    }


def write(found: dict[str, Any], folder: Path) -> str:
    """Store both files; gives the text for the terminal."""
    (folder / "load.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    (folder / "load.html").write_text(page(found))
    lines = [
        conditions(found),
        "",
        *("  ".join(f"{cell:>14}" for cell in row) for row in rows(found)),
        "",
        *server_lines(found),
    ]
    return "\n".join(
        [
            *lines,
            *(f"PROBLEM: {one}" for one in found["problems"]),
            f"Report: {folder / 'load.html'}, {folder / 'load.json'}",
        ]
    )


def conditions(found: dict[str, Any]) -> str:
    load = found["load"]
    return f"{load['users']} users, {load['rate']:g} requests a second each, at {found['address']}; {found['machine']}; {found['at']}"


def rows(found: dict[str, Any]) -> list[list[str]]:
    """The table of latencies, its head first."""
    head = [*found["operations"]["all"]]
    return [
        ["operation", *head],
        *([name, *(f"{one[key]:g}" for key in head)] for name, one in found["operations"].items()),
    ]


def server_lines(found: dict[str, Any]) -> list[str]:
    if not found["server"]:
        return ["The server's resources are not seen from here."]
    most, grown = found["server"]["most"], found["server"]["growth"]
    words = {"rss": "MiB of the largest process", "threads": "threads", "descriptors": "descriptors"}
    return [
        f"{found['server']['cores']} cores in use",
        *(f"{most[name]:g} {word} at most, {grown[name]:+.1f} after the warm-up" for name, word in words.items()),
    ]


def page(found: dict[str, Any]) -> str:
    said = "".join(f'<p class="bad">{escape(one)}</p>' for one in found["problems"])
    server = "".join(f"<p>{escape(line)}</p>" for line in server_lines(found)) + chart(found["server"])
    return PAGE.format(conditions=escape(conditions(found)), problems=said, latencies=table(rows(found)), server=server)


def table(lines: list[list[str]]) -> str:
    head, *body = lines
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    return (
        f"<table><tr>{top}</tr>"
        + "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in body)
        + "</table>"
    )


def chart(server: dict[str, Any] | None) -> str:
    """Memory over time, as a line."""
    if not server:
        return ""
    at, rss = (server["columns"].index(name) for name in ("at", "rss"))
    samples = server["samples"]
    first, length, top = samples[0][at], max(samples[-1][at] - samples[0][at], 0.001), max(one[rss] for one in samples)
    points = " ".join(f"{(one[at] - first) / length * 1000:.1f},{110 - one[rss] / top * 100:.1f}" for one in samples)
    line = (
        f'<polyline points="{points}" fill="none" stroke="#06c" stroke-width="2" vector-effect="non-scaling-stroke"/>'
    )
    return f'<figure><svg viewBox="0 0 1000 120" preserveAspectRatio="none">{line}</svg><figcaption>MiB of the largest process, 0 to {top:.0f}</figcaption></figure>'
