"""Compares the mock server with WireMock, MockServer, Mockoon, Prism and json-server on this machine, in one run.

sh bench/peers.sh                            gets the peers (npm, Java 17); Linux, wrk
.venv/bin/python -m bench.server             about five minutes; --seconds, --rounds, --starts, --connections

No server writes an access log. mdt keeps its journal of 10,000 entries, and so does MockServer; WireMock runs without its own,
because a full one of that length costs it most of its speed (600 requests a second were measured). Rounds alternate the
order. The figure to look at is the processor time a request: it is what a core can give, and a machine that is not quiet
moves it less than the rest. An answer that is not the right one ends the run.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "bench"
PEERS = ROOT / ".bench-peers"
SCRIPT = HERE / "post.lua"
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")
BODY = json.dumps({"productId": "prod-123", "quantity": 2})
OURS = "mdt"
SERVE = (
    "import sys; from pathlib import Path; from mdt.server.mock_server import ServerOptions; from mdt.server.runner import main; "
    "sys.exit(main(ServerOptions(Path(sys.argv[1]), port=int(sys.argv[2]), watch=True)))"
)
ANSWERS = {
    "static": ("/static", "", {"available": True, "quantity": 100}),
    "templated": ("/check", BODY, {"productId": "prod-123", "available": True, "quantity": 100}),
}


@dataclass(frozen=True)
class Server:
    """`command` has {port} and {folder}, a folder of its own; `files` are copied there under a new name."""

    name: str
    command: str
    files: dict[str, str]
    prefix: str = ""
    templated: bool = True


NODE = f"{PEERS}/node_modules/.bin"
SERVERS = (
    Server(OURS, f"{sys.executable} -c SERVE {{folder}} {{port}}", {"service.yaml": "internal/bench.yaml"}, "/bench"),
    Server(
        "WireMock 3.13.2",
        f"java -jar {PEERS}/wiremock-3.13.2/package/build/wiremock-standalone-3.13.2.jar --bind-address 127.0.0.1 "
        "--port {port} --root-dir {folder} --disable-banner --no-request-journal",
        {"wiremock.json": "mappings/bench.json"},
    ),
    Server(
        "MockServer 8.0.0",
        "java -Dmockserver.localBoundIP=127.0.0.1 -Dmockserver.logLevel=WARN -Dmockserver.maxLogEntries=10000 "
        "-Dmockserver.initializationJsonPath={folder}/init.json "
        f"-jar {PEERS}/mockserver-node-8.0.0/package/mockserver-netty-8.0.0-jar-with-dependencies.jar -serverPort {{port}}",
        {"mockserver.json": "init.json"},
    ),
    Server(
        "Mockoon 9.9.0",
        f"{NODE}/mockoon-cli start --data {{folder}}/env.json --port {{port}} --hostname 127.0.0.1 --disable-log-to-file",
        {"mockoon.json": "env.json"},
    ),
    Server(
        "Prism 5.16.0",
        f"{NODE}/prism mock -h 127.0.0.1 -p {{port}} -v error {{folder}}/spec.yaml",
        {"prism.yaml": "spec.yaml"},
        templated=False,
    ),
    Server(
        "json-server 0.17.4",
        f"{NODE}/json-server --quiet --host 127.0.0.1 --port {{port}} {{folder}}/db.json",
        {"jsonserver.json": "db.json"},
        templated=False,
    ),
)


@dataclass(frozen=True)
class Running:
    server: Server
    port: int
    pid: int
    start: float  # seconds to the first right answer

    def url(self, kind: str) -> str:
        return f"http://127.0.0.1:{self.port}{self.server.prefix}{ANSWERS[kind][0]}"


@dataclass(frozen=True)
class Sample:
    """Milliseconds; `cpu` is the server's processor time a request."""

    per_second: float
    p99: float
    cpu: float


def tree(pid: int) -> Iterator[int]:
    """The process and those it started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from tree(int(child))


def cpu_seconds(pid: int) -> float:
    return sum(sum(map(int, _stat(one)[11:13])) for one in tree(pid)) / TICKS


def rss(pid: int) -> float:
    """MiB."""
    return sum(int(_stat(one)[21]) for one in tree(pid)) * PAGE / 2**20


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def free_port() -> int:
    """A port of loopback that nobody had a moment ago."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@contextmanager
def running(server: Server, logs: Path) -> Iterator[Running]:
    with tempfile.TemporaryDirectory() as folder, (logs / f"{server.name.replace(' ', '-')}.log").open("wb") as log:
        for source, target in server.files.items():
            path = Path(folder, target)
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(HERE / source, path)
        port = free_port()
        words = [word.replace("SERVE", SERVE) for word in server.command.format(port=port, folder=folder).split()]
        begun = time.perf_counter()
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, start_new_session=True)
        try:
            yield Running(server, port, process.pid, first_answer(server, port, process, begun))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)


def first_answer(server: Server, port: int, process: subprocess.Popen, begun: float) -> float:
    probe = Running(server, port, process.pid, 0)
    while True:
        with suppress(OSError):
            ask(probe, "static")
            return time.perf_counter() - begun
        if process.poll() is not None or time.perf_counter() - begun > 60:
            sys.exit(f"{server.name} did not start; see reports/logs. Did you run sh bench/peers.sh?")
        time.sleep(0.01)


def ask(one: Running, kind: str) -> None:
    """Raises OSError when there is no answer; a wrong one ends the run."""
    _, body, wanted = ANSWERS[kind]
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(one.url(kind), body.encode() or None, headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5) as answer:
        got = json.loads(answer.read())
    if got != wanted:
        sys.exit(f"{one.server.name} answers {got}, not {wanted}")


def load(one: Running, kind: str, seconds: float, connections: int) -> Sample:
    before = cpu_seconds(one.pid)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "5s", "-s", str(SCRIPT), one.url(kind)]
    env = os.environ | {"BENCH_BODY": ANSWERS[kind][1]}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=True, timeout=seconds + 30)
    measured = json.loads(done.stdout.splitlines()[-1])
    if measured["errors"] or not measured["requests"]:
        sys.exit(f"{one.server.name}, {kind}: {measured}")
    used = cpu_seconds(one.pid) - before
    return Sample(measured["per_second"], measured["p99"], 1000 * used / measured["requests"])


def chosen(words: list[str]) -> list[Server]:
    return [one for one in SERVERS if one.name == OURS or any(word.lower() in one.name.lower() for word in words)]


def kinds(server: Server) -> tuple[str, ...]:
    return ("static", "templated") if server.templated else ("static",)


def time_to_first_answer(servers: list[Server], times: int, logs: Path) -> dict[str, float]:
    """Seconds, the median of `times` starts; nothing else runs meanwhile."""
    found: dict[str, list[float]] = {server.name: [] for server in servers}
    for number in range(times):
        for server in servers[number % len(servers) :] + servers[: number % len(servers)]:
            with running(server, logs) as one:
                found[server.name].append(one.start)
    return {name: median(seconds) for name, seconds in found.items()}


def measure(options: argparse.Namespace, logs: Path) -> dict:
    samples: dict[tuple[str, str], list[Sample]] = {}
    starts = time_to_first_answer(chosen(options.only), options.starts, logs)
    with ExitStack() as stack:
        started = [stack.enter_context(running(server, logs)) for server in chosen(options.only)]
        fresh = {one.server.name: rss(one.pid) for one in started}
        for one in started:
            for kind in kinds(one.server):
                ask(one, kind)
                load(one, kind, options.warm_up, options.connections)
        for number in range(options.rounds):
            for one in started[number % len(started) :] + started[: number % len(started)]:
                for kind in kinds(one.server):
                    sample = load(one, kind, options.seconds, options.connections)
                    samples.setdefault((one.server.name, kind), []).append(sample)
        return {
            one.server.name: {
                "start": starts[one.server.name],
                "rss": fresh[one.server.name],
                "rss_loaded": rss(one.pid),
                **{kind: [asdict(sample) for sample in samples[one.server.name, kind]] for kind in kinds(one.server)},
            }
            for one in started
        }


def table(results: dict) -> str:
    lines = [f"{'server':<20}{'start':>8}{'RSS':>6}{'loaded':>8}   {'static':^40}   {'templated + JSON matcher':^40}"]
    cells = "".join(f"{name:>10}" for name in ("req/s", "p99 ms", "CPU ms", "x a core"))
    lines.append(f"{'':<20}{'s':>8}{'MiB':>6}{'MiB':>8}   {cells}   {cells}")
    for name, one in results.items():
        line = f"{name:<20}{one['start']:>8.2f}{one['rss']:>6.0f}{one['rss_loaded']:>8.0f}"
        lines.append(line + "".join(f"   {cell(results, name, kind)}" for kind in ANSWERS))
    return "\n".join(lines)


def cell(results: dict, name: str, kind: str) -> str:
    if kind not in results[name]:
        return f"{'cannot':^40}"
    ratio = middle(results, name, kind, "cpu") / middle(results, OURS, kind, "cpu")
    figures = [middle(results, name, kind, key) for key in ("per_second", "p99", "cpu")]
    return f"{figures[0]:>10.0f}{figures[1]:>10.2f}{figures[2]:>10.4f}{1 / ratio:>10.2f}"


def middle(results: dict, name: str, kind: str, key: str) -> float:
    return median(sample[key] for sample in results[name][kind])


def wins(results: dict) -> list[str]:
    """Where a peer is ahead of us, said plainly."""
    found = []
    for name, one in results.items():
        if name != OURS:
            found += [
                f"{name} is ahead: {key}" for key in ("start", "rss", "rss_loaded") if one[key] < results[OURS][key]
            ]
            found += [line for kind in ANSWERS if kind in one for line in ahead(results, name, kind)]
    return found


def ahead(results: dict, name: str, kind: str) -> Iterator[str]:
    figures = (
        ("per_second", -1, "more requests a second"),
        ("p99", 1, "a lower p99"),
        ("cpu", 1, "less processor time a request"),
    )
    for key, sign, what in figures:
        if sign * middle(results, name, kind, key) < sign * middle(results, OURS, kind, key):
            yield f"{name} has {what}: {kind}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument(
        "--warm-up", type=int, default=5, help="seconds for each cell before the rounds (Java compiles meanwhile)"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--starts", type=int, default=5, help="starts of each server, for the time to the first answer")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--only", nargs="+", default=[""], help="words of the peers' names; mdt always runs")
    options = parser.parse_args()
    for word in ("wrk", "java"):
        if shutil.which(word) is None:
            sys.exit(f"{word} is missing; bench/peers.sh says what to install")
    logs = ROOT / "reports" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    results = measure(options, logs)
    (ROOT / "reports" / "server.json").write_text(json.dumps(results, indent=2))
    print(table(results))
    print("\n'x a core': requests that a core's second gives, mdt = 1. Medians of the rounds.")
    print(
        "\n".join(["Where a peer is ahead:", *(f"  {line}" for line in wins(results))])
        if wins(results)
        else "No peer is ahead anywhere."
    )


if __name__ == "__main__":
    main()
