"""How one session's slow answers reach another session: the p99 of its look-ups, alone and beside each kind of neighbour.

    .venv/bin/python -m bench.neighbours          # --seconds 10 --rounds 3

The server is a process of its own, as `mdt mock serve` starts it; neighbours ask without a pause, over two connections.
The client that measures asks every 5 ms over a kept connection. Rounds alternate; medians are told.
"""

import argparse
import gzip
import http.client
import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from bench.server import SERVE, free_port

SERVICE = """
default: ok
routes:
  GET /quick: {ok: {json: {path: "{{ req.path }}"}}}
  GET /loop: {ok: {text: "{% for n in range(60000) %}{% if n % 2 %}x{% endif %}{% endfor %}"}}
  GET /rows: {ok: {json: {items: "{{ rows(60000, {'id': '{n}', 'name': 'row {n}', 'tags': ['a', 'b']}) }}"}}}
  POST /zipped: {ok: {text: "{{ req.text | length }}"}}
"""
SLEEPER = """
import time
from mdt import VirtualService, get

class Sleeper(VirtualService):
    @get("/sleep")
    def sleep(self) -> None:
        time.sleep(1)
"""
ZIPPED = gzip.compress(json.dumps([{"id": n, "name": f"row {n}"} for n in range(100_000)]).encode())
NEIGHBOURS: dict[str, tuple[str, str, bytes | None] | None] = {
    "alone": None,
    "a loop of 60,000 turns": ("GET", "/bench/loop", None),
    "60,000 rows as JSON": ("GET", "/bench/rows", None),
    "a handler that sleeps": ("GET", "/sleeper/sleep", None),
    "a gzip body of 3 MB": ("POST", "/bench/zipped", ZIPPED),
}


@contextmanager
def serving() -> Iterator[int]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "internal")
        (folder / "sleeper").mkdir(parents=True)
        (folder / "bench.yaml").write_text(SERVICE)
        (folder / "sleeper" / "service.yaml").write_text("service: sleeper\n")
        (folder / "sleeper" / "virtual.py").write_text(SLEEPER)
        port = free_port()
        process = subprocess.Popen([sys.executable, "-c", SERVE, name, str(port)], stdout=subprocess.DEVNULL)
        try:
            wait(port)
            yield port
        finally:
            process.terminate()
            process.wait(10)


def wait(port: int) -> None:
    for _ in range(500):
        try:
            http.client.HTTPConnection("127.0.0.1", port, timeout=5).connect()
        except OSError:
            time.sleep(0.02)
        else:
            return
    sys.exit("the server did not start")


def session(port: int, name: str) -> None:
    body = json.dumps({"id": name}).encode()
    headers = {"content-type": "application/json"}
    urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/_mdt/sessions", body, headers)).close()


def ask(connection: http.client.HTTPConnection, call: tuple[str, str, bytes | None], who: str) -> int:
    method, path, body = call
    headers = {"x-mdt-session": who} | ({"content-encoding": "gzip"} if body else {})
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.read()
    return answer.status


def keep_asking(port: int, call: tuple[str, str, bytes | None], stop: threading.Event) -> Callable[[], None]:
    def run() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not stop.is_set():
            if ask(connection, call, "neighbour") not in {200, 204}:
                sys.exit(f"a wrong answer to {call[:2]}")
        connection.close()

    return run


def p99(port: int, neighbour: tuple[str, str, bytes | None] | None, seconds: float) -> float:
    """Milliseconds."""
    stop = threading.Event()
    threads = [threading.Thread(target=keep_asking(port, neighbour, stop)) for _ in range(2 if neighbour else 0)]
    for thread in threads:
        thread.start()
    measured = subprocess.run(
        [sys.executable, "-m", "bench.neighbours", "--measure", str(port), "--seconds", str(seconds)],
        check=True,
        capture_output=True,
        text=True,
    )
    stop.set()
    for thread in threads:
        thread.join()
    return float(measured.stdout)


def measure(port: int, seconds: float) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    took: list[float] = []
    end = time.perf_counter() + seconds
    while (begun := time.perf_counter()) < end:
        if ask(connection, ("GET", "/bench/quick", None), "measured") != 200:
            sys.exit("a wrong answer")
        took.append(time.perf_counter() - begun)
        time.sleep(0.005)
    return quantiles(took, n=100)[98] * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", type=int, metavar="PORT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(measure(options.measure, options.seconds))
        return
    found: dict[str, list[float]] = {name: [] for name in NEIGHBOURS}
    with serving() as port:
        session(port, "measured")
        session(port, "neighbour")
        for _ in range(options.rounds):
            for name, neighbour in NEIGHBOURS.items():
                found[name].append(p99(port, neighbour, options.seconds))
    alone = median(found["alone"])
    print(f"{'beside':28}{'p99 ms':>8}{'times alone':>13}")
    for name, samples in found.items():
        print(f"{name:28}{median(samples):8.1f}{median(samples) / alone:13.1f}")


if __name__ == "__main__":
    main()
