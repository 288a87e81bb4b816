"""`make load`: Locust's users against this application, or against HOST, and a report as HTML and JSON.

Exit 1 if fewer than --success of the requests succeeded, or the server grew by more than the limits below.
"""

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from testdb.server import DatabaseUnavailableError

from tests.framework.measured_server import ROOT, NotStartedError
from tests.performance import report, resources, server
from tests.performance.latencies import Recorded, merge

SPAWN_SECONDS = 5  # in which all users come
SLACK = 2  # seconds that Locust takes to begin
# Growth after the warm-up: MiB of the largest process; threads and descriptors of all. Threads and connections to the database start when
# that many requests are first served at once, which may be late: those of a server with two workers fit in.
LIMITS = {"rss": 10.0, "threads": 16.0, "descriptors": 64.0}
LOCUSTFILE = Path(__file__).with_name("locustfile.py")


@dataclass(frozen=True)
class Load:
    """What is sent. `requests` ends the run after so many, whatever time they take; else it takes `seconds` after `warm_up`."""

    users: int = 100
    rate: float = 1.0
    seconds: float = 60.0
    warm_up: float = 10.0
    requests: int = 0
    timeout: float = 30.0
    operations: str = ""
    words: tuple[str, ...] = field(default=())  # for Locust

    @property
    def begin(self) -> float:
        """Seconds after the start, from which on it counts."""
        return 0.0 if self.requests else SPAWN_SECONDS + self.warm_up

    def environment(self, result: Path) -> dict[str, str]:
        timed = {"LOAD_BEGIN": str(self.begin), "LOAD_SECONDS": str(self.seconds)}
        chosen = {"LOAD_OPERATIONS": self.operations} if self.operations else {}
        ends = {"LOAD_REQUESTS": str(self.requests)} if self.requests else timed
        return {
            "LOAD_RATE": str(self.rate),
            "LOAD_TIMEOUT": str(self.timeout),
            "LOAD_RESULT": str(result),
            **chosen,
            **ends,
        }

    def command(self, address: str) -> list[str]:
        ends = [] if self.requests else ["--run-time", f"{self.begin + self.seconds + SLACK:g}s"]
        users = [
            "--users",
            str(self.users),
            "--spawn-rate",
            str(self.users if self.requests else max(1, self.users / SPAWN_SECONDS)),
        ]
        stop = ["--stop-timeout", f"{self.timeout:g}", "--exit-code-on-error", "0"]
        base = [
            sys.executable,
            "-m",
            "locust",
            "--locustfile",
            str(LOCUSTFILE),
            "--headless",
            "--only-summary",
            "--skip-log",
        ]
        return [*base, "--host", address, *users, *stop, *ends, *self.words]


def measure(load: Load, address: str, pid: int | None, folder: Path) -> dict[str, Any]:
    """One run; gives what the report has. `pid` is the server's, if it is on this machine."""
    if load.requests:
        send(
            replace(load, requests=load.requests // 2), address, folder
        )  # the server starts its threads, fills its pool
    with ExitStack() as stack:
        watch = stack.enter_context(resources.Watch(pid, load.begin)) if pid else None
        recorded = send(load, address, folder)
    return report.data(load, address, recorded, resources.summary(watch.samples) if watch else None)


def send(load: Load, address: str, folder: Path) -> Recorded:
    """Let Locust send it; gives what it has recorded."""
    result = folder / "latencies.json"
    result.unlink(missing_ok=True)
    environment = os.environ | load.environment(result) | {"PYTHONPATH": str(ROOT)}
    subprocess.run(load.command(address), cwd=ROOT, env=environment, check=True)
    recorded: Recorded = {}
    merge(recorded, json.loads(result.read_text()))
    return recorded


def problems(found: dict[str, Any], success: float) -> dict[str, str]:
    """What is wrong, a sentence each by its name; none if all is well."""
    total = found["operations"]["all"]
    good = 1 - total["failed"] / total["requests"] if total["requests"] else 0.0
    grown = (found["server"] or {}).get("growth", {})
    said = {
        name: f"{name} grew by {value:.1f}, {LIMITS[name]:g} are allowed"
        for name, value in grown.items()
        if value > LIMITS[name]
    }
    wanted = f"{good:.2%} of {total['requests']} requests succeeded, {success:.2%} are wanted: {found['failures']}"
    return said | ({} if good >= success else {"success": wanted})


def options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--rate", type=float, default=1.0, help="requests a second of each user")
    parser.add_argument("--seconds", type=float, default=60.0, help="for which latencies count")
    parser.add_argument("--warm-up", type=float, default=10.0, help="seconds before, which do not count")
    parser.add_argument("--host", help="http://...: a server that runs already; then its resources are not seen")
    parser.add_argument(
        "--database", choices=("mysql", "sqlite"), default="mysql", help="of the server that is started"
    )
    parser.add_argument("--operations", default="", help="some of those in operations.py, with commas between")
    parser.add_argument("--success", type=float, default=0.999, help="share of the requests that must succeed")
    parser.add_argument("--report", type=Path, default=ROOT / "reports" / "load", help="folder")
    return parser.parse_known_args()


def main() -> None:
    chosen, words = options()
    chosen.report.mkdir(parents=True, exist_ok=True)
    load = Load(
        chosen.users, chosen.rate, chosen.seconds, chosen.warm_up, operations=chosen.operations, words=tuple(words)
    )
    with ExitStack() as stack:
        if chosen.host:
            address, pid = chosen.host, None
        else:
            url = stack.enter_context(server.own_database(chosen.database))
            address, pid = stack.enter_context(server.running(url, chosen.report / "server.log"))
        found = measure(load, address, pid, chosen.report)
    found["problems"] = [*problems(found, chosen.success).values()]
    print(report.write(found, chosen.report))
    sys.exit(1 if found["problems"] else 0)


if __name__ == "__main__":
    try:
        main()
    except (DatabaseUnavailableError, NotStartedError) as error:
        sys.exit(str(error))
    except subprocess.CalledProcessError as error:
        sys.exit(f"Stopped with {error.returncode}: {' '.join(error.cmd[:6])} ...")
    except KeyboardInterrupt:
        sys.exit("\nStopped; everything that was started is gone.")
