"""The server under load: this application on a free port with a database of its own, gone when the block ends."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
from testdb.ports import free_port

from tests.framework import database, database_names, measured_server
from tests.framework.measured_server import ROOT, NotStartedError

OURS = ("-m", "backend.server.serve")
START_SECONDS = 60


@contextmanager
def own_database(kind: str) -> Iterator[str]:
    """The URL of a migrated database: `sqlite`, or `mysql` in the way in which the integration tests get theirs."""
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        if kind == "sqlite":
            yield migrated(f"sqlite:///{folder}/load.db")
            return
        with database.provide() as server, database_names.fresh_database(server.url, "load") as url:
            yield migrated(url)


def migrated(url: str) -> str:
    command = (sys.executable, "-m", "flask", "--app", "backend", "db", "upgrade")
    subprocess.run(command, cwd=ROOT, env=environment(url, 1), check=True, timeout=300, stdout=subprocess.DEVNULL)
    return url


@contextmanager
def running(url: str, log: Path, command: tuple[str, ...] = OURS, **variables: str) -> Iterator[tuple[str, int]]:
    """The server's address and the number of its first process. `{port}` in the command is filled in."""
    port = free_port()
    words = [sys.executable, *(word.format(port=port) for word in command)]
    with measured_server.process(words, environment(url, port) | variables, log) as process:
        address = f"http://127.0.0.1:{port}"
        wait_until_ready(process, address, log)
        yield address, process.pid


def environment(url: str, port: int) -> dict[str, str]:
    """As in production; every user has an address of its own."""
    workers = os.environ.get("SERVER_WORKERS", "2")
    return measured_server.as_in_production(url, port) | {"SERVER_WORKERS": workers, "TRUSTED_PROXIES": "1"}


def wait_until_ready(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not _ready(address):
        if process.poll() is not None or time.monotonic() > deadline:
            tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise NotStartedError(f"The server does not answer at {address}; the end of its log ({log}):\n{tail}")
        time.sleep(0.2)


def _ready(address: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"{address}/health/ready", timeout=5).status_code == 200
    return False
