"""Starts and ends balancers: by the fork server where there is fork, else as plain subprocesses."""

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from balancer.testing.errors import EnvironmentSetupError

GRACE = 5.0  # seconds between SIGTERM and SIGKILL
_lock = threading.Lock()


class Process(Protocol):
    """One running balancer."""

    @property
    def pid(self) -> int: ...
    def alive(self) -> bool: ...
    def end(self) -> None: ...


class ForkServer:
    """The parent's side of balancer.testing.fork_server."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            self._process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", "balancer.testing.fork_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._channel = ours
        self._answers = ours.makefile("rb")
        self._owner = os.getpid()
        if self._answers.readline() != b"ready\n":
            self.close()
            raise EnvironmentSetupError("The fork server did not start; its error stands above")

    def fork(self, arguments: Sequence[str], listening: int, log: int) -> int:
        """The process id of a new balancer."""
        socket.send_fds(self._channel, [json.dumps(list(arguments)).encode()], [listening, log])
        answer = self._answers.readline()
        if not answer:
            raise EnvironmentSetupError("The fork server has ended")
        return int(answer)

    @property
    def usable(self) -> bool:
        return self._owner == os.getpid() and self._process.poll() is None

    def close(self) -> None:
        """Ends it and its balancers."""
        self._answers.close()
        self._channel.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()


_servers: list[ForkServer] = []


def _fork_server() -> ForkServer:
    """The one of this process."""
    while _servers and not _servers[0].usable:
        _servers.pop()
    if not _servers:
        _servers.append(ForkServer())
        atexit.register(stop_fork_server)
    return _servers[0]


def stop_fork_server() -> None:
    with _lock:
        while _servers:
            _servers.pop().close()


class Forked:
    """A balancer that the fork server made. The system reaps it at once, so a process id that answers is alive."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def alive(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def end(self) -> None:
        self._signal(signal.SIGTERM)
        if not until(lambda: not self.alive(), GRACE):
            self._signal(signal.SIGKILL)
            until(lambda: not self.alive(), GRACE)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Spawned:
    """A balancer as a subprocess, where there is no fork."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.pid = process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        end(self._process)


def start_balancer(
    arguments: Sequence[str], listening: socket.socket, log: Path, *, fork: bool | None = None
) -> Process:
    """Runs `balancer <arguments> --fd <listening socket>` with its output in `log`. `fork`: None is where it is possible."""
    with log.open("ab") as output:
        if hasattr(os, "fork") if fork is None else fork:
            with _lock:
                return Forked(_fork_server().fork(arguments, listening.fileno(), output.fileno()))
        command = [sys.executable, "-m", "balancer", *arguments, "--fd", str(listening.fileno())]
        return Spawned(
            subprocess.Popen(  # noqa: S603 - our own module
                command, pass_fds=[listening.fileno()], stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        )


def end(process: "subprocess.Popen[bytes]") -> None:
    """SIGTERM, and SIGKILL for one that does not end in time."""
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def until(what: Callable[[], bool], seconds: float, pause: float = 0.005) -> bool:
    """Whether this becomes true in time."""
    end = time.monotonic() + seconds
    while not (done := what()) and time.monotonic() < end:
        time.sleep(pause)
    return done
