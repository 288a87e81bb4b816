"""`make bench`: loads this application and its peers in turn, on one machine and one database, and reports the ratios.

--quick is one short round, to see that everything works; --rounds, --seconds and --routes choose what a full run does.
Exit 1 if any answer was not 2xx: such numbers mean nothing.
"""

import argparse
import signal
import subprocess
import sys
from collections.abc import Iterator

from testdb.server import DatabaseUnavailableError

from bench import client, data, report, wrk
from bench.candidates import ROUTES, Route
from bench.servers import Running, running
from tests.framework.measured_server import ROOT, NotStartedError

LOGS = ROOT / "reports" / "bench-logs"
Cells = dict[tuple[str, str], list[wrk.Sample]]  # by route and candidate; a sample for each round


def main() -> None:
    """One whole run; everything that it starts ends with it, on Ctrl-C too."""
    chosen = options()
    begin()
    with data.filled() as (url, version), running(url, LOGS) as servers:
        routes = [route for route in ROUTES if route.name in chosen.routes]
        same_answers(servers, routes)
        cells = measure(servers, routes, chosen)
    report.write(cells, chosen, version)
    sys.exit(1 if report.errors(cells) else 0)


def begin() -> None:
    """What a run needs before anything is started: signals that end it in order, wrk, a folder for the logs."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if problem := wrk.missing():
        sys.exit(problem)
    LOGS.mkdir(parents=True, exist_ok=True)


def options() -> argparse.Namespace:
    """The command line."""
    names = [route.name for route in ROUTES]
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each cell is measured")
    parser.add_argument("--seconds", type=int, default=6, help="how long each time")
    parser.add_argument("--warm-up", type=int, default=1, help="seconds before each measurement that do not count")
    parser.add_argument("--routes", nargs="+", choices=names, default=names, help="which routes")
    parser.add_argument("--quick", action="store_true", help="one round of 2 seconds")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds = 1, 2
    return chosen


def same_answers(servers: list[Running], routes: list[Route]) -> None:
    """Peers that answer something else would be no comparison: stop if any does."""
    for route in (route for route in routes if route.login):
        answers = {s.candidate.name: client.data(s.port, route) for s in having(servers, route)}
        first, *others = answers
        different = [name for name in others if answers[name] != answers[first]]
        if different:
            sys.exit(f"{route.path}: {', '.join(different)} and {first} answer differently")


def measure(servers: list[Running], routes: list[Route], chosen: argparse.Namespace) -> Cells:
    """Every cell, once a round; rounds begin with another candidate each, so that none has the best place."""
    cells: Cells = {}
    for turn, route, server in plan(servers, routes, chosen.rounds):
        sample = wrk.load(server, route, chosen.seconds, chosen.warm_up)
        cells.setdefault((route.name, server.candidate.name), []).append(sample)
        print(report.line(turn, route.name, server.candidate.name, sample), flush=True)
    return cells


def plan(servers: list[Running], routes: list[Route], rounds: int) -> Iterator[tuple[int, Route, Running]]:
    """What is measured when."""
    for turn in range(rounds):
        for route in routes:
            own = having(servers, route)
            start = turn % len(own)
            yield from ((turn + 1, route, server) for server in own[start:] + own[:start])


def having(servers: list[Running], route: Route) -> list[Running]:
    return [server for server in servers if route.name in server.candidate.routes]


if __name__ == "__main__":
    try:
        main()
    except (DatabaseUnavailableError, NotStartedError, subprocess.SubprocessError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("\nStopped; everything that was started is gone.")
