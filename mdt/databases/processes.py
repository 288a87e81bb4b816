"""The processes of a server, by their numbers: which children one has, and whether one is still there.

As a program, `processes.py FOLDER`: ends the server whose number stands in FOLDER/process, and removes the folder. It
knows nothing of the package, since it runs when everything else has gone: see guard.py.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
GONE = (
    "ZX"  # states of a process that has ended and holds nothing any more, whether somebody reads its exit code or not
)
GONE_SECONDS = 30
POLL_SECONDS = 0.005
NUMBER = "process"  # file with the number of a folder's server; not there while none runs


def table() -> Iterator[tuple[int, int, str]]:
    """Every process of this machine: its number, its parent's, its state."""
    if (PROC / "self" / "stat").exists():
        for folder in PROC.glob("[0-9]*"):
            with suppress(OSError):
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                yield int(folder.name), int(parent), state
        return
    shown = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,stat="], capture_output=True, text=True, check=True)  # noqa: S607
    for line in shown.stdout.splitlines():
        number, parent, state = line.split()[:3]
        yield int(number), int(parent), state[0]


def children(parent: int) -> list[int]:
    """The numbers of its children that have not ended."""
    return [number for number, above, state in table() if above == parent and state not in GONE]


def wait_gone(numbers: Iterable[int], seconds: float = GONE_SECONDS) -> None:
    """Until all of them have ended; raises `TimeoutError` after `seconds`."""
    left, deadline = set(numbers), time.monotonic() + seconds
    while left := left & {number for number, _, state in table() if state not in GONE}:
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {seconds:.0f} s these processes have not ended: {sorted(left)}")
        time.sleep(POLL_SECONDS)


def send(number: int, what: signal.Signals) -> None:
    """A signal to a process; none if it has ended."""
    with suppress(ProcessLookupError):
        os.kill(number, what)


def kill_with_children(parent: int) -> list[int]:
    """SIGKILL to it and all of its children, whose numbers are given. It is frozen first, so that it makes no further one."""
    send(parent, signal.SIGSTOP)
    family = [parent, *children(parent)]
    for number in family:
        send(number, signal.SIGKILL)
    return family


def serves(number: int, folder: Path) -> bool:
    """True if this process was told of the folder when it was started: numbers are used again."""
    command = PROC / str(number) / "cmdline"
    with suppress(OSError):
        if PROC.joinpath("self").exists():
            return str(folder) in command.read_text(errors="replace")
        words = ["ps", "-ww", "-o", "command=", "-p", str(number)]
        shown = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
        return str(folder) in shown.stdout
    return False


def forget_shared_memory(folder: Path) -> None:
    """Give back the System V segment by which PostgreSQL guards its data, if it was killed and could not do so itself."""
    with suppress(OSError, IndexError, ValueError):
        _, segment = (folder / "data" / "postmaster.pid").read_text().splitlines()[6].split()
        subprocess.run(["ipcrm", "-m", segment], capture_output=True, check=False)  # noqa: S603, S607


def remove(folder: Path) -> None:
    """End the server of a folder, if one runs, and remove the folder and what the server held outside of it."""
    with suppress(OSError, ValueError):
        number = int((folder / NUMBER).read_text())
        if serves(number, folder):
            wait_gone(kill_with_children(number))
    forget_shared_memory(folder)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    remove(Path(sys.argv[1]))
