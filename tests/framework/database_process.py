"""The process of a private server: start, stop, kill, wait; a direct child, so that a killed one leaves no zombie and no lock."""

import os
import pwd
import signal
import socket
import subprocess
from pathlib import Path

from sqlalchemy import URL

from tests.framework import database_server
from tests.framework.database_server import DatabaseUnavailableError, tail

STOP_SECONDS = 30
OPTIONS = (
    # Nothing but loopback, nothing of the machine's own server.
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--loose-mysqlx=OFF",
    "--loose-secure-file-priv=",
    # Quick, yet a commit survives a kill of the process (only a power cut would lose it): strictness stays as it is by default.
    "--innodb-flush-log-at-trx-commit=2",
    "--skip-log-bin",
    "--loose-innodb-buffer-pool-size=64M",
    "--loose-performance-schema=OFF",
    "--max-connections=200",
    "--character-set-server=utf8mb4",
)


def account() -> str:
    """The account that a server started by root runs as; empty if it simply runs as this process does."""
    if os.geteuid() != 0:
        return ""
    return next((entry.pw_name for entry in pwd.getpwall() if entry.pw_name in ("mysql", "_mysql")), "")


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class ServerProcess:
    """`Control` of a private server."""

    def __init__(self, program: Path, folder: Path, url: URL) -> None:
        self._program, self._folder, self._url = program, folder, url
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; in a session of its own, so that a Ctrl-C in the terminal is ours to handle."""
        if self.runs():
            return
        owner = account() or None
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                user=owner,
                group=owner,
                extra_groups=[] if owner else None,
            )

    def _command(self) -> list[str]:
        folder = self._folder
        places = [
            f"--datadir={folder}/data",
            f"--socket={folder}/s",
            f"--pid-file={folder}/pid",
            f"--init-file={folder}/init.sql",
        ]
        as_root = ["--user=root"] if os.geteuid() == 0 and not account() else []
        return [str(self._program), "--no-defaults", *OPTIONS, *places, f"--port={self._url.port}", *as_root]

    def runs(self) -> bool:
        """True while the process lives."""
        return self._process is not None and self._process.poll() is None

    def wait_ready(self, timeout: float = 60) -> str:
        """The version, once a query is answered; with the end of the log if it is not."""
        try:
            return database_server.wait_ready(self._url, timeout, self.runs)
        except DatabaseUnavailableError as error:
            log = (self._folder / "log").read_text(errors="replace")
            raise DatabaseUnavailableError(f"{self._program}: {error}; the end of its log:\n{tail(log)}") from error

    def kill(self) -> None:
        """SIGKILL, and reap it."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """SIGTERM; SIGKILL if it has not ended after half a minute."""
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """SIGSTOP."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None and self.runs():
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None or not self.runs():
            return
        self._signal(number)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def end(self) -> None:
        """For good: the data goes too, so there is nothing to write down first."""
        self.kill()
