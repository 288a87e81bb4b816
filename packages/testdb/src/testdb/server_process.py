"""The process of a private server, the account that it runs as, and the temporary folder that holds its data.

It is a direct child, so that a killed one leaves no zombie and no lock.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import RLock
from typing import TypedDict

import psutil
from sqlalchemy import URL

from testdb import guard, processes
from testdb.language import _
from testdb.server import DatabaseUnavailableError, Server, tail


class RunAs(TypedDict):
    """Words for `subprocess` that run a program as an account."""

    user: str | None
    group: int | None
    extra_groups: list[int] | None


def account(*names: str) -> str:
    """The first of these accounts that exists, for a server started by root; empty if it runs as this process does."""
    if os.geteuid() != 0:
        return ""
    return next((entry.pw_name for entry in pwd.getpwall() if entry.pw_name in names), "")


def run_as(owner: str) -> RunAs:
    """The words for `subprocess`; an empty owner changes nothing."""
    if not owner:
        return RunAs(user=None, group=None, extra_groups=None)
    return RunAs(user=owner, group=pwd.getpwnam(owner).pw_gid, extra_groups=[])


def give(path: Path, owner: str) -> None:
    """Make `owner` the owner of a file or folder; an empty one changes nothing."""
    if owner:
        shutil.chown(path, owner, pwd.getpwnam(owner).pw_gid)


@contextmanager
def server_folder(kind: str, owner: str) -> Iterator[Path]:
    """A folder that only the server's account can read; goes, and any server in it, when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix=f"testdb-{kind}-", dir="/tmp"))  # a socket's path must be short
    with guard.at_end(sys.executable, "-I", processes.__file__, str(folder)):
        give(folder, owner)
        yield folder


STOP_SECONDS = 30
Ready = Callable[[float, Callable[[], bool]], str]


@dataclass
class ServerProcess:
    """`Control` of a private server. Its data, its log and its number stand in `folder`; `ready` waits for its answer."""

    command: Sequence[str]
    folder: Path
    owner: str
    stop_signal: signal.Signals
    ready: Ready
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _lock: RLock = field(default_factory=RLock, init=False)  # a fault may kill it from a thread of its own

    def start(self) -> None:
        """Start it; in a session of its own, so that a Ctrl-C in the terminal is ours to handle."""
        with self._lock, (self.folder / "log").open("ab") as log:
            if self.runs():
                return
            self._process = subprocess.Popen(  # noqa: S603 - an installed server
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **run_as(self.owner),
            )
            self._number_file().write_text(str(self._process.pid))

    def runs(self) -> bool:
        """True while the process lives."""
        return self._process is not None and self._process.poll() is None

    def wait_ready(self, timeout: float = 60) -> str:
        """The version, once a query is answered; with the end of the log if it is not."""
        try:
            return self.ready(timeout, self.runs)
        except DatabaseUnavailableError as error:
            log = (self.folder / "log").read_text(errors="replace")
            raise DatabaseUnavailableError(
                _("{server}: {reason}; the end of its log:\n{log}", server=self.command[0], reason=error, log=tail(log))
            ) from error

    def kill(self) -> None:
        """SIGKILL to it and its children, reap it, and wait until nothing holds the data and the shared memory any more."""
        with self._lock:
            if self._process is None or not self.runs():
                return
            family = processes.frozen_family(self._process.pid)
            processes.send(family, signal.SIGKILL)
            self._reap(self._process)
            processes.wait_gone(family)

    def stop(self) -> None:
        """Ask it to shut down; SIGKILL if it has not ended after 30 s."""
        with self._lock:
            self.resume()
            if self._process is None or not self.runs():
                return
            self._process.send_signal(self.stop_signal)
            try:
                self._reap(self._process, STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def pause(self) -> None:
        """SIGSTOP to it and its children; returns when all of them stand still."""
        with self._lock:
            if self._process is not None and self.runs():
                processes.freeze(processes.frozen_family(self._process.pid))

    def resume(self) -> None:
        """SIGCONT to its children and it."""
        with self._lock:
            if self._process is not None and self.runs():
                leader = psutil.Process(self._process.pid)
                processes.send([*processes.children(leader), leader], signal.SIGCONT)

    @contextmanager
    def serving(self, url: URL, timeout: float) -> Iterator[Server]:
        """Start it, and end it for good; `timeout` seconds until it has to answer."""
        try:
            self.start()
            version = self.wait_ready(timeout)
            yield Server(url.render_as_string(hide_password=False), "private", version, self)
        finally:
            self.end()

    def end(self) -> None:
        """For good: the data goes too, so there is nothing to write down first."""
        self.kill()

    def _reap(self, process: "subprocess.Popen[bytes]", timeout: float | None = None) -> None:
        process.wait(timeout)
        self._number_file().unlink(missing_ok=True)

    def _number_file(self) -> Path:
        return self.folder / processes.NUMBER
