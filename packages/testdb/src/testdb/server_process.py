"""The process of a private server, its account, and the temporary folder of its data.

The process is a direct child, so that a killed server leaves no zombie and no lock.
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
    """Arguments of `subprocess` that run a program as an account."""

    user: str | None
    group: int | None
    extra_groups: list[int] | None


def account(*names: str) -> str:
    """The first existing of these accounts, for a server that root starts; empty for any other user."""
    if os.geteuid() != 0:
        return ""
    return next((entry.pw_name for entry in pwd.getpwall() if entry.pw_name in names), "")


def run_as(owner: str) -> RunAs:
    """The arguments for this account; an empty owner changes nothing."""
    if not owner:
        return RunAs(user=None, group=None, extra_groups=None)
    return RunAs(user=owner, group=pwd.getpwnam(owner).pw_gid, extra_groups=[])


def give(path: Path, owner: str) -> None:
    """Make `owner` the owner of a file or folder; an empty owner changes nothing."""
    if owner:
        shutil.chown(path, owner, pwd.getpwnam(owner).pw_gid)


@contextmanager
def server_folder(kind: str, owner: str) -> Iterator[Path]:
    """A folder that only the server's account can read; removed with its server when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix=f"testdb-{kind}-", dir="/tmp"))  # the path of a socket must be short
    with guard.at_end(sys.executable, "-I", processes.__file__, str(folder)):
        give(folder, owner)
        yield folder


STOP_SECONDS = 30
Ready = Callable[[float, Callable[[], bool]], str]


@dataclass
class ServerProcess:
    """`Control` of a private server. `folder` holds its data, log and pid; `ready` waits until it answers."""

    command: Sequence[str]
    folder: Path
    owner: str
    stop_signal: signal.Signals
    ready: Ready
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False)
    _lock: RLock = field(default_factory=RLock, init=False)  # a fault may kill it in another thread

    def start(self) -> None:
        """Start it in a session of its own, so that Ctrl-C in the terminal does not reach it."""
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
        """The version, once a query is answered; raises `DatabaseUnavailableError` with the end of the log."""
        try:
            return self.ready(timeout, self.runs)
        except DatabaseUnavailableError as error:
            log = (self.folder / "log").read_text(errors="replace")
            raise DatabaseUnavailableError(
                _("{server}: {reason}; the end of its log:\n{log}", server=self.command[0], reason=error, log=tail(log))
            ) from error

    def kill(self) -> None:
        """Send SIGKILL to it and its children, and wait until all have released data and shared memory."""
        with self._lock:
            if self._process is None or not self.runs():
                return
            family = processes.frozen_family(self._process.pid)
            processes.send(family, signal.SIGKILL)
            self._reap(self._process)
            processes.wait_gone(family)

    def stop(self) -> None:
        """Shut it down; SIGKILL after 30 s."""
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
        """Freeze it and its children with SIGSTOP; returns when all are stopped."""
        with self._lock:
            if self._process is not None and self.runs():
                processes.freeze(processes.frozen_family(self._process.pid))

    def resume(self) -> None:
        """Resume its children and it with SIGCONT."""
        with self._lock:
            if self._process is not None and self.runs():
                leader = psutil.Process(self._process.pid)
                processes.send([*processes.children(leader), leader], signal.SIGCONT)

    @contextmanager
    def serving(self, url: URL, timeout: float) -> Iterator[Server]:
        """A running server that answers within `timeout` seconds; ended at the end."""
        try:
            self.start()
            version = self.wait_ready(timeout)
            yield Server(url.render_as_string(hide_password=False), "private", version, self)
        finally:
            self.end()

    def end(self) -> None:
        """Kill it: its data is removed too, so a clean shutdown is not needed."""
        self.kill()

    def _reap(self, process: "subprocess.Popen[bytes]", timeout: float | None = None) -> None:
        process.wait(timeout)
        self._number_file().unlink(missing_ok=True)

    def _number_file(self) -> Path:
        return self.folder / processes.NUMBER
