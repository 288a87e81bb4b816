"""Signals to the processes of a server: freeze, kill, wait for their end.

As a program, `processes.py FOLDER`, it ends the server whose pid is in FOLDER/process and removes the folder. It imports
nothing of the package, because guard.py runs it after everything else has ended.
"""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil

ENDED = (
    psutil.STATUS_ZOMBIE,
    psutil.STATUS_DEAD,
)  # ended, even if its exit code was not read
STILL = (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
GONE_SECONDS = 30
POLL_SECONDS = 0.005
NUMBER = "process"  # file with the pid of the folder's server, while one runs


def lives(process: psutil.Process) -> bool:
    """True if it has not ended; another process with the same pid does not count."""
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() not in ENDED
    return False


def frozen_family(number: int) -> list[psutil.Process]:
    """A process and its children; it is frozen first, so that it starts no other child."""
    parent = psutil.Process(number)
    freeze([parent])
    return [parent, *children(parent)]


def freeze(family: list[psutil.Process]) -> None:
    """Send SIGSTOP to each and wait until it is stopped or has ended, which takes a moment.

    Raises `TimeoutError` after 30 s.
    """
    send(family, signal.SIGSTOP)
    _wait_while(_runs, family, GONE_SECONDS, "still run, though they were told to stop")


def children(parent: psutil.Process) -> list[psutil.Process]:
    """Its current children; none if it has ended."""
    with suppress(psutil.NoSuchProcess):
        return parent.children()
    return []


def send(family: Iterable[psutil.Process], what: signal.Signals) -> None:
    """Send a signal to each that has not ended."""
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(what)


def wait_gone(family: list[psutil.Process], seconds: float = GONE_SECONDS) -> None:
    """Wait until all have ended; raises `TimeoutError` after `seconds`."""
    _wait_while(lives, family, seconds, "have not ended")


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() not in (*STILL, *ENDED)
    return False


def _wait_while(
    true_of: Callable[[psutil.Process], bool], family: list[psutil.Process], seconds: float, what: str
) -> None:
    deadline = time.monotonic() + seconds
    while left := list(filter(true_of, family)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:.0f} s these processes {what}: {[one.pid for one in left]}")
        time.sleep(POLL_SECONDS)


def serves(process: psutil.Process, folder: Path) -> bool:
    """True if its command line names the folder: pids are reused."""
    return any(str(folder) in word for word in process.cmdline())


def forget_shared_memory(folder: Path) -> None:
    """Remove the System V shared memory that a killed PostgreSQL has left."""
    with suppress(OSError, IndexError, ValueError):
        _, segment = (folder / "data" / "postmaster.pid").read_text().splitlines()[6].split()
        subprocess.run(["ipcrm", "-m", segment], capture_output=True, check=False)  # noqa: S603, S607


def remove(folder: Path) -> None:
    """End the server of a folder, and remove the folder and the server's shared memory."""
    with suppress(OSError, ValueError, psutil.Error):
        number = int((folder / NUMBER).read_text())
        if serves(psutil.Process(number), folder):
            family = frozen_family(number)
            send(family, signal.SIGKILL)
            wait_gone(family)
    forget_shared_memory(folder)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    remove(Path(sys.argv[1]))
