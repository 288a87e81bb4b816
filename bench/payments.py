"""Payments beside plain ones: what does it cost that an order is paid once, whatever happens?

    sh bench/run.sh payments                  # about 90 seconds; --rounds 5 --seconds 6 --warm-up 2, or --quick

Two servers alike, on one database: this application, and this application with the plain payment of bench/payments_plain.py.
Every request pays another order; the orders are inserted beforehand. A round measures both, one after the other, and begins
with the other one each time. Exit 1 if an answer was not 201, or if what is stored is not what was answered.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import make_url
from testdb.mysql import connect
from testdb.server import DatabaseUnavailableError

from bench import client, data, report, wrk
from bench.candidates import Candidate
from bench.load import LOGS, begin
from bench.servers import Running, running
from tests.framework.measured_server import ROOT, NotStartedError

FILE = ROOT / "reports" / "bench-payments.json"
SCRIPT = Path(__file__).with_name("payments.lua")
TARGET = 0.60  # of the plain one's requests a second, at least
OURS, PLAIN = "payments", "plain payments"
CANDIDATES = (
    Candidate(OURS, "this application", "backend.server.serve"),
    Candidate(PLAIN, "the same with one INSERT a payment", "bench.payments_plain"),
)
PAYERS = 200  # users, whose orders take turns
MOST = 4000  # payments a second that there are orders for
ROWS = 10_000  # in one INSERT
ORDER = """INSERT INTO orders (number, user_id, product_id, product_name, quantity, amount_fen, note, state, reservation_id,
           reserved_until, created_at)
           VALUES (%s, %s, 'bench', 'Green tea, 250 g', 2, 19800, '', 'reserved', 'bench', '2099-01-01', '2026-01-02')"""
STORED = """SELECT (SELECT COUNT(*) FROM payments), (SELECT COUNT(*) FROM payment_requests),
            (SELECT COUNT(*) FROM ledger_entries) / 2, (SELECT COUNT(*) FROM payment_events), (SELECT COUNT(*) FROM jobs)"""
type Samples = dict[str, list[wrk.Sample]]


class Orders:
    """Orders that nobody has paid yet: `take(n)` inserts so many and gives the number of the first."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._next = 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM users ORDER BY id LIMIT %s", (PAYERS,))
            self._payers = [row[0] for row in cursor.fetchall()]

    def take(self, many: int) -> int:
        first, self._next = self._next, self._next + many
        rows = ((f"bench{n:012}", self._payers[n % PAYERS]) for n in range(first, self._next))
        with self._connection.cursor() as cursor:
            for some in _batches(rows):
                cursor.executemany(ORDER, some)
        return first


def _batches(rows: Iterator[tuple]) -> Iterator[list[tuple]]:
    while some := [row for row, _ in zip(rows, range(ROWS), strict=False)]:
        yield some


def main() -> None:
    """One whole run; everything that it starts ends with it, on Ctrl-C too."""
    chosen = options()
    begin()
    with data.filled() as (url, version), running(url, LOGS, CANDIDATES) as servers:
        parts = make_url(url)
        with closing(connect(parts, parts.database)) as connection:
            samples = measure(servers, Orders(connection), chosen)
            stored = counts(connection)
    sys.exit(told(samples, stored, chosen, version))


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="bench/run.sh payments", description="Payments beside plain ones.")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    parser.add_argument("--seconds", type=int, default=6, help="how long each time")
    parser.add_argument("--warm-up", type=int, default=2, help="seconds before each measurement that do not count")
    parser.add_argument("--quick", action="store_true", help="one round of 2 seconds")
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds = 1, 2
    return chosen


def measure(servers: list[Running], orders: Orders, chosen: argparse.Namespace) -> Samples:
    """Both, once a round; rounds begin with the other one each time."""
    samples: Samples = {server.candidate.name: [] for server in servers}
    with tempfile.NamedTemporaryFile("w") as tokens:
        tokens.writelines(f"{client.token(servers[0].port, f'bench-{n}')}\n" for n in range(PAYERS))
        tokens.flush()
        for turn in range(chosen.rounds):
            for server in servers[turn % 2 :] + servers[: turn % 2]:
                for seconds in (chosen.warm_up, chosen.seconds):
                    sent = {"BENCH_TOKENS": tokens.name, "BENCH_FIRST": str(orders.take(seconds * MOST))}
                    sample = wrk.measured(server, "/payment", SCRIPT, sent, seconds)
                samples[server.candidate.name].append(sample)
                print(report.line(turn + 1, "pay", server.candidate.name, sample), flush=True)
    return samples


def counts(connection: Any) -> dict[str, int]:
    """How many of each are stored."""
    with connection.cursor() as cursor:
        cursor.execute(STORED)
        names = ("payments", "requests", "postings", "events", "messages")
        return {name: int(found) for name, found in zip(names, cursor.fetchone(), strict=True)}


def told(samples: Samples, stored: dict[str, int], chosen: argparse.Namespace, version: str) -> int:
    """Print the table, store all samples; gives the exit code."""
    ratio = median(
        ours.per_second / plain.per_second for ours, plain in zip(samples[OURS], samples[PLAIN], strict=True)
    )
    rows = [["server", "req/s", "p50 ms", "p99 ms", "server CPU ms a request"]]
    for name, some in samples.items():
        middle = {key: median(asdict(sample)[key] for sample in some) for key in asdict(some[0])}
        rows.append([name, *(f"{middle[key]:.{digits}f}" for key, digits in FIGURES)])
    print(f"\n{report.conditions(chosen, version)}\n\n{report.table(rows)}\n")
    print(f"Ours as a multiple of the plain one's requests a second: {ratio:.2f} {report.verdict(ratio >= TARGET)}")
    wrong = problems(samples, stored)
    print(*wrong, sep="\n")
    everything = {
        "conditions": report.conditions(chosen, version),
        "ratio": ratio,
        "stored": stored,
        "samples": {name: [asdict(sample) for sample in some] for name, some in samples.items()},
        "problems": wrong,
    }
    FILE.write_text(json.dumps(everything, indent=2, ensure_ascii=False) + "\n")
    print(f"All samples: {FILE.relative_to(ROOT)}")
    return 1 if wrong else 0


FIGURES = (("per_second", 0), ("p50", 1), ("p99", 1), ("cpu", 2))


def problems(samples: Samples, stored: dict[str, int]) -> list[str]:
    """Answers that were none, and payments that lack a part: such figures mean nothing."""
    found = [f"INVALID: {bad} answers of {name} were not 201" for name in samples if (bad := errors(samples[name]))]
    parts = {stored[name] for name in ("requests", "postings", "events", "messages")}
    answered = {name: sum(sample.requests for sample in some) for name, some in samples.items()}
    if len(parts) != 1 or stored["requests"] < answered[OURS]:
        found.append(f"INVALID: {answered[OURS]} payments were answered, and these are stored: {stored}")
    if stored["payments"] - stored["requests"] < answered[PLAIN]:
        found.append(f"INVALID: {answered[PLAIN]} plain payments were answered, and these are stored: {stored}")
    return found


def errors(samples: list[wrk.Sample]) -> int:
    return sum(sample.errors for sample in samples)


if __name__ == "__main__":
    try:
        main()
    except (DatabaseUnavailableError, NotStartedError, subprocess.SubprocessError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("\nStopped; everything that was started is gone.")
