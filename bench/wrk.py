"""Runs wrk (https://github.com/wg/wrk) for a bounded time and gives what it measured."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench import client
from bench.candidates import CONNECTIONS, USERS, Route
from bench.servers import Running

SCRIPT = Path(__file__).with_name("requests.lua")
MISSING = "wrk is not installed, and it makes the load: sudo apt install wrk, or brew install wrk"


@dataclass(frozen=True)
class Sample:
    """One measured cell. Latencies and processor time in milliseconds; `errors` are answers other than 2xx, and none at all."""

    requests: int
    per_second: float
    p50: float
    p99: float
    cpu: float
    errors: int


def missing() -> str | None:
    """What to do when there is no wrk."""
    return None if shutil.which("wrk") else MISSING


def load(server: Running, route: Route, seconds: int, warm_up: int) -> Sample:
    """Warm the route up, then measure it."""
    headers = client.headers(server.port, route)
    sent = {
        "BENCH_METHOD": route.method,
        "BENCH_BODY": route.body.format(n="%d"),
        "BENCH_TOKEN": headers.get("Authorization", ""),
        "BENCH_USERS": str(USERS),
    }
    run(server, route.path, SCRIPT, sent, warm_up)
    return measured(server, route.path, SCRIPT, sent, seconds)


def measured(server: Running, path: str, script: Path, sent: dict[str, str], seconds: int) -> Sample:
    """One measured run."""
    before = server.cpu_seconds()
    found = run(server, path, script, sent, seconds)
    used = server.cpu_seconds() - before
    return Sample(cpu=1000 * used / max(1, found["requests"]), **found)


def run(server: Running, path: str, script: Path, sent: dict[str, str], seconds: int) -> dict:
    """One run of wrk, whose script reads `sent` from its environment and prints one JSON object as the last line."""
    url = f"http://127.0.0.1:{server.port}{path}"
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "5s", "-s", str(script), url]
    done = subprocess.run(
        command, env=os.environ | sent, capture_output=True, text=True, check=True, timeout=seconds + 20
    )
    return json.loads(done.stdout.splitlines()[-1])
