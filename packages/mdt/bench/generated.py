"""Whether a large generated service answers as fast as a small one: the server's processor time for each request, and requests a second.

    .venv/bin/python -m bench.generated           # --seconds 3 --rounds 5; needs wrk

A document of 3 MB and 500 paths is made, its mocks are generated as `mdt mock generate` does, and so are those of its first
paths alone. All are asked for the same path; rounds alternate; medians are told. Exit 1 if the whole document needs more than
1.1 times the processor time of ten routes, or twice that of one.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.neighbours import wait
from bench.server import SERVE, free_port
from mdt.generate import generated, plan
from mdt.openapi import from_dict

PATHS = 500
TEXT = "A sentence that documents have by the thousand, and that no mock needs. " * 75  # about 5 kB
SIZES = {"one route": 1, "ten routes": 10, "500 routes": PATHS}
ALLOWED = {"ten routes": 1.1, "one route": 2.0}


def document(paths: int) -> dict[str, object]:
    """Every path has an item of its own, with a list of others in it."""
    found: dict[str, object] = {}
    for number in range(paths):
        item = {
            "type": "object",
            "required": ["id", "name"],
            "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
        }
        page = {
            **item,
            "properties": {**item["properties"], "parts": {"type": "array", "items": item}},
            "description": TEXT,
        }
        answers = {
            "200": {"description": "", "content": {"application/json": {"schema": page}}},
            "404": {"description": ""},
        }
        parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
        found[f"/collection{number}/items/{{id}}"] = {"parameters": [parameter], "get": {"responses": answers}}
    return {"openapi": "3.1.0", "info": {"title": "Bench", "version": "1"}, "paths": found}


@contextmanager
def serving(paths: int) -> Iterator[tuple[int, int]]:
    """A server with the mocks of so many paths: its port and its process."""
    with tempfile.TemporaryDirectory() as name:
        read = from_dict(document(paths))
        plan(generated(read, "bench"), read, Path(name, "external", "bench"), everything=False).carry_out()
        port = free_port()
        process = subprocess.Popen([sys.executable, "-c", SERVE, name, str(port)], stdout=subprocess.DEVNULL)
        try:
            wait(port)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(10)


def processor_time(pid: int) -> float:
    """Seconds, of the process and in the kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ask(port: int, pid: int, seconds: int) -> tuple[float, float]:
    """Processor time for each request, in microseconds, and requests a second."""
    began, used = time.perf_counter(), processor_time(pid)
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", f"http://127.0.0.1:{port}/bench/collection0/items/7"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    if "Non-2xx" in done.stdout:
        sys.exit("a wrong answer")
    count = int(re.search(r"(\d+) requests in", done.stdout)[1])
    return (processor_time(pid) - used) / count * 1e6, count / (time.perf_counter() - began)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    samples: dict[str, list[tuple[float, float]]] = {name: [] for name in SIZES}
    for _round in range(options.rounds):
        for name, paths in SIZES.items():
            with serving(paths) as (port, pid):
                ask(port, pid, 1)
                samples[name].append(ask(port, pid, options.seconds))
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in samples.items()
    }
    for name, (used, rate) in medians.items():
        print(f"{name:12} {used:7.1f} µs of processor time a request {rate:9.0f} requests a second")
    whole = medians["500 routes"][0]
    ratios = {name: whole / medians[name][0] for name in ALLOWED}
    for name, ratio in ratios.items():
        print(f"500 routes against {name}: {ratio:.2f} times the processor time; allowed {ALLOWED[name]}")
    return 1 if any(ratio > ALLOWED[name] for name, ratio in ratios.items()) else 0


if __name__ == "__main__":
    sys.exit(main())
