"""One mocked call inside the process: mdt beside requests-mock, responses and respx, the same answer, in one run.

    python3.12 -m venv .venv-bench
    .venv-bench/bin/pip install -r bench/requirements.txt -e .
    .venv-bench/bin/python -m bench.inprocess            # --rounds 9 --calls 1000

A round measures each once, and begins with another one each time. Ratios are made within a round; the median of the
rounds is told. Clients are made once and shared, as applications have them. All keep the calls that they answered.
The samples go to reports/inprocess.json. Exit 1 when mdt is not the fastest for each client library.
"""

import argparse
import json
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import httpx2
import requests
import requests_mock
import responses
import respx

from mdt import mock_scenario

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "reports" / "inprocess.json"
URL = "http://inventory.internal/internal/inventory/check"
ANSWER = {"productId": "p1", "available": False, "quantity": 0}
QUESTION = {"productId": "p1", "quantity": 1}
DEFINITION = """
service: inventory
url: http://inventory.internal
default: available
routes:
  POST /internal/inventory/check:
    available:  {json: {productId: p1, available: true, quantity: 100}}
    outOfStock: {json: {productId: p1, available: false, quantity: 0}}
"""
type Ask = Callable[[], Any]


@dataclass(frozen=True)
class Contender:
    name: str
    client: str
    asking: Callable[[], AbstractContextManager[Ask]]


def _question(client: Any) -> Ask:
    return lambda: client.post(URL, json=QUESTION).json()


def ours(make_client: Callable[[], Any]) -> Callable[[], AbstractContextManager[Ask]]:
    @contextmanager
    def asking() -> Iterator[Ask]:
        with mock_scenario("inventory.outOfStock", mocks=_definitions()), make_client() as client:
            yield _question(client)

    return asking


def _definitions() -> str:
    folder = Path(_folder.name) / "mocks"
    if not folder.exists():
        (folder / "internal").mkdir(parents=True)
        (folder / "internal" / "inventory.yaml").write_text(DEFINITION)
    return str(folder)


@contextmanager
def by_requests_mock() -> Iterator[Ask]:
    with requests_mock.Mocker() as mocker, requests.Session() as session:
        mocker.post(URL, json=ANSWER)
        yield _question(session)


@contextmanager
def by_responses() -> Iterator[Ask]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocker, requests.Session() as session:
        mocker.post(URL, json=ANSWER)
        yield _question(session)


@contextmanager
def by_respx() -> Iterator[Ask]:
    with respx.mock() as mocker, httpx.Client() as client:
        mocker.post(URL).respond(json=ANSWER)
        yield _question(client)


_folder = tempfile.TemporaryDirectory()
CONTENDERS = (
    Contender("mdt", "requests", ours(requests.Session)),
    Contender("requests-mock", "requests", by_requests_mock),
    Contender("responses", "requests", by_responses),
    Contender("mdt", "httpx", ours(httpx.Client)),
    Contender("respx", "httpx", by_respx),
    Contender("mdt", "httpx2", ours(httpx2.Client)),
)
type Samples = dict[tuple[str, str], list[float]]


def measure(contender: Contender, calls: int) -> float:
    """Microseconds of processor time a call, with the client's own work; what else the machine does is not counted."""
    with contender.asking() as ask:
        for _ in range(20):
            if ask() != ANSWER:
                raise SystemExit(f"{contender.name} gives another answer to {contender.client}")
        start = time.process_time()
        for _ in range(calls):
            ask()
        return (time.process_time() - start) / calls * 1e6


def rounds(number: int, calls: int) -> Samples:
    samples: Samples = {(one.client, one.name): [] for one in CONTENDERS}
    for turn in range(number):
        first = turn % len(CONTENDERS)
        for contender in (*CONTENDERS[first:], *CONTENDERS[:first]):
            samples[contender.client, contender.name].append(measure(contender, calls))
    return samples


def report(samples: Samples) -> list[str]:
    """The table; the lines of contenders that are not slower than mdt are returned too."""
    faster = []
    print(f"{'client':10} {'mocked by':14} {'µs a call':>10}   times mdt's")
    for (client, name), own in samples.items():
        ratio = median(one / mine for one, mine in zip(own, samples[client, "mdt"], strict=True))
        line = f"{client:10} {name:14} {median(own):10.0f}   {ratio:.2f}"
        print(line)
        if name != "mdt" and ratio <= 1:
            faster.append(line)
    return faster


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--calls", type=int, default=1000)
    chosen = parser.parse_args()
    samples = rounds(chosen.rounds, chosen.calls)
    faster = report(samples)
    FILE.parent.mkdir(exist_ok=True)
    data = {f"{client} {name}": own for (client, name), own in samples.items()}
    FILE.write_text(json.dumps({"python": platform.python_version(), "microseconds": data}, indent=2) + "\n")
    print(f"All samples: {FILE.relative_to(ROOT)}")
    return 1 if faster else 0


if __name__ == "__main__":
    sys.exit(main())
