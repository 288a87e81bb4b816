"""Starts the candidates, waits until each answers, and stops every process that was started, whatever happens."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from testdb.ports import free_port

from bench import client
from bench.candidates import CANDIDATES, THREADS, WORKERS, Candidate
from tests.framework import measured_server
from tests.framework.measured_server import NotStartedError

START_SECONDS = 30
STEADY = 20  # answers in a row, so that every worker has given some


@dataclass(frozen=True)
class Running:
    """A server that answers at `port`."""

    candidate: Candidate
    port: int
    process: subprocess.Popen

    def cpu_seconds(self) -> float:
        """Processor time that the server and its workers have used until now."""
        leader = psutil.Process(self.process.pid)
        times = [process.cpu_times() for process in (leader, *leader.children(recursive=True))]
        return sum(each.user + each.system for each in times)


@contextmanager
def running(database_url: str, logs: Path, candidates: tuple[Candidate, ...] = CANDIDATES) -> Iterator[list[Running]]:
    """Every candidate, answering."""
    with ExitStack() as stack:
        servers = [stack.enter_context(started(candidate, database_url, logs)) for candidate in candidates]
        for server in servers:
            wait_steady(server, logs)
        yield servers


@contextmanager
def started(candidate: Candidate, database_url: str, logs: Path) -> Iterator[Running]:
    """The server's process, in a group of its own."""
    port = free_port()
    command = [sys.executable, "-m", *candidate.command.format(port=port).split()]
    log = log_of(candidate, logs)
    with measured_server.process(command, environment(candidate, database_url, port), log) as process:
        yield Running(candidate, port, process)


def environment(candidate: Candidate, database_url: str, port: int) -> dict[str, str]:
    """As in production, without the limits, which peers lack."""
    same = {"RATELIMIT_ENABLED": "false", "SERVER_THREADS": str(THREADS), "SERVER_WORKERS": str(WORKERS)}
    return measured_server.as_in_production(database_url, port) | same | candidate.environment


def wait_steady(server: Running, logs: Path) -> None:
    """Until the server has answered 200 many times in a row, on new connections."""
    deadline = time.monotonic() + START_SECONDS
    answers = 0
    while answers < STEADY:
        if server.process.poll() is not None or time.monotonic() > deadline:
            tail = log_of(server.candidate, logs).read_text(errors="replace").splitlines()[-15:]
            raise NotStartedError(f"{server.candidate.name} does not answer; the end of its log:\n" + "\n".join(tail))
        good = client.status(server.port, "/health") == 200
        answers = answers + 1 if good else 0
        time.sleep(0 if good else 0.2)


def log_of(candidate: Candidate, logs: Path) -> Path:
    return logs / f"{candidate.name.replace(' ', '-').replace(',', '')}.log"
