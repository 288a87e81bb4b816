"""The production server as a process of its own, on a free port of loopback."""

import http.client
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from testdb.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 180  # seconds that a slow machine gets for any one thing before the test fails
STARTED = "Started worker-"
LOGIN = "/api/v1/auth/wechat/login"


def command() -> list[str]:
    return [sys.executable, "-m", "backend.server.serve"]


def environment(**changes: str) -> dict[str, str]:
    """This process's environment with two workers, and `changes`. Bytecode is kept: it makes the next start much quicker."""
    own = {"HOST": "127.0.0.1", "SERVER_WORKERS": "2", "LOG_LEVEL": "INFO", "LOG_FORMAT": "json"}
    own["PYTHONDONTWRITEBYTECODE"] = ""
    return os.environ | own | changes


def until[T](ask: Callable[[], T], what: str, details: Callable[[], str] = str) -> T:
    """The first true answer of `ask`; fails after `PATIENCE` with `what` was waited for and the details as they are then."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if answer := ask():
            return answer
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}\n{details()}")


class ServerProcess:
    """A running server. Every wait is for an event; `PATIENCE` bounds it."""

    def __init__(self, process: subprocess.Popen, port: int, log: Path):
        self.process, self.port, self._log = process, port, log

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def wait_log(self, text: str, times: int = 1) -> None:
        """Until `text` stands in the log as often as `times`."""
        until(lambda: self.log().count(text) >= times, f"{times} × {text!r} in the log:", self.log)

    def wait_workers(self) -> None:
        self.wait_log(STARTED, 2)

    def workers(self) -> list[int]:
        """The process ids of all workers that were ever started."""
        return [int(number) for number in re.findall(r"Spawning worker-\d+ with PID: (\d+)", self.log())]

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def exit_code(self) -> int:
        return self.process.wait(PATIENCE)

    def get(self, path: str, **headers: str) -> http.client.HTTPResponse:
        """The answer to a request on a connection of its own, read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def ready(self) -> bool:
        return self.get("/health/ready").status == 200

    @contextmanager
    def request_in_flight(self) -> Iterator[Callable[[], int]]:
        """A request that a thread of a worker is busy with: its body has begun. The call sends the rest and gives the status."""
        body = b'{"code": 1}'  # no text, so the answer is a 422 that needs no database
        head = f"POST {LOGIN} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
            connection.sendall(head.encode() + body[:1])

            def finish() -> int:
                connection.sendall(body[1:])
                answer = http.client.HTTPResponse(connection)
                answer.begin()
                assert answer.read().startswith(b'{"code":0,')
                return answer.status

            yield finish


@contextmanager
def running(log: Path, **changes: str) -> Iterator[ServerProcess]:
    """A server whose workers have all started; nothing of it is left at the end."""
    port = free_port()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command(),
            cwd=ROOT,
            env=environment(PORT=str(port), TMPDIR=str(log.parent), **changes),
            stdout=output,
            stderr=output,
        )
    server = ServerProcess(process, port, log)
    try:
        server.wait_workers()
        until(server.ready, "readiness")
        yield server
    finally:
        process.kill()
        process.wait(PATIENCE)
