"""The service under test as a child process: start it, wait for it, kill it with its workers, read its log."""

import http.client
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import RLock

import psutil
from testdb.guard import at_end

from faultlab.adapter import Launch
from faultlab.errors import FaultlabError
from faultlab.language import Message, _

START_SECONDS = 60
STOP_SECONDS = 40
POLL = 0.02
LAST_LINES = 15
END_GROUP = "import os, signal, sys; os.killpg(int(sys.argv[1]), signal.SIGKILL)"


class ServiceError(FaultlabError):
    """The service does not start; the text has the end of its log."""


class ServiceProcess:
    """`start`, then `terminate` or `kill`, any number of times; all of them write to one log file."""

    def __init__(self, launch: Launch, port: int, alive: str, log: Path) -> None:
        self._launch, self._alive, self._log = launch, alive, log
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._guard = ExitStack()
        self._lock = RLock()  # a fault may kill it from a thread of its own

    def start(self) -> None:
        """Start it and wait until it answers. It ends with this process, however that ends."""
        with self._lock, self._log.open("ab") as output:
            self._guard.close()
            self._process = subprocess.Popen(  # noqa: S603 - the command is the adapter's
                [*self._launch.command],
                cwd=self._launch.folder,
                env=os.environ | self._launch.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            self._guard.enter_context(at_end(sys.executable, "-c", END_GROUP, str(self._process.pid)))
        self.wait_alive()

    def wait_alive(self) -> None:
        """Until its liveness address answers 200."""
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if not self.runs():
                raise ServiceError(self._with_log(_("The service ended while it was started")))
            if time.monotonic() > deadline:
                raise ServiceError(
                    self._with_log(
                        _(
                            "The service did not answer {path} within {seconds} s",
                            path=self._alive,
                            seconds=START_SECONDS,
                        )
                    )
                )
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
        """Send SIGTERM, as a deployment does; returns at once."""
        if self._process is not None and self.runs():
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to it and all its workers: it finishes nothing."""
        with self._lock:
            if self._process is not None and self.runs():
                _kill_with_children(psutil.Process(self._process.pid))
                self._process.wait(STOP_SECONDS)
            self._guard.close()  # workers that have outlived it end here

    def wait_ended(self) -> None:
        """Wait for its end after `terminate`; kill it if that takes too long."""
        if self._process is None:
            return
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()

    def log_size(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

    def log_since(self, position: int) -> list[str]:
        """The lines that were written after `log_size` was this."""
        with self._log.open("rb") as lines:
            lines.seek(position)
            return lines.read().decode("utf-8", "replace").splitlines()

    def _with_log(self, what: Message) -> Message:
        lines = "\n".join("    " + line for line in self.log_since(0)[-LAST_LINES:])
        return _("{what}; the end of its log:\n{log}", what=what, log=lines)


def _kill_with_children(process: psutil.Process) -> None:
    for one in [process, *process.children(recursive=True)]:  # it first, or it would replace its workers
        with suppress(psutil.NoSuchProcess):
            one.kill()
