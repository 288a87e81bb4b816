"""The service under test as a child process: start it, wait until it answers, kill it with all its workers, read its log."""

import http.client
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import psutil

from mdt.errors import MdtError
from mdt.faults.adapter import Launch

START_SECONDS = 60
STOP_SECONDS = 40
POLL = 0.02
LAST_LINES = 15


class ServiceError(MdtError):
    """The service does not start, or not end; the text has the end of its log."""


class Service:
    """`start` and `wait_alive`, then `terminate` or `kill`, as often as one likes; the log goes on in one file."""

    def __init__(self, launch: Launch, port: int, alive: str, log: Path) -> None:
        self._launch, self._alive, self._log = launch, alive, log
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the command is the adapter's
                [*self._launch.command],
                cwd=self._launch.folder,
                env=os.environ | self._launch.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.wait_alive()

    def wait_alive(self) -> None:
        """Until its liveness address answers 200."""
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if not self.runs():
                raise ServiceError(self._said("The service ended while it was started"))
            if time.monotonic() > deadline:
                raise ServiceError(self._said(f"The service did not answer {self._alive} within {START_SECONDS} s"))
            time.sleep(POLL)

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", self._alive)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def terminate(self) -> None:
        """Ask it to end, as a deployment does; returns at once."""
        if self._process is not None and self.runs():
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to it and to all its workers: nothing that it holds is finished."""
        if self._process is None or not self.runs():
            return
        whole = psutil.Process(self._process.pid)
        for one in [*whole.children(recursive=True), whole]:
            _kill(one)
        self._process.wait(STOP_SECONDS)

    def wait_ended(self) -> None:
        """Until it has ended after `terminate`; it is killed if that takes too long."""
        if self._process is None:
            return
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def end(self) -> None:
        """For good."""
        self.kill()

    def log_size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

    def log_since(self, position: int) -> list[str]:
        """The lines that were written after `log_size` was this."""
        with self._log.open("rb") as lines:
            lines.seek(position)
            return lines.read().decode("utf-8", "replace").splitlines()

    def _said(self, what: str) -> str:
        lines = self.log_since(0)[-LAST_LINES:]
        return "\n".join([f"{what}; the end of its log:", *("    " + line for line in lines)])


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()
