"""A stand-in for a server: a process with a child, told of its folder as servers are, that ends both at a signal."""

import os
import signal
import sys
from functools import partial
from pathlib import Path

import psutil

from testdb import processes
from tests.unit import waiting

SECONDS = 30
SOURCE = """
import signal, subprocess, sys, time
folder, how = sys.argv[1:]
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(597.4)"])
def end(number, frame):
    open(f"{folder}/ended", "a").write(f"{number} ")
    if how == "obedient":
        child.kill()
        child.wait()
        sys.exit()
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, end)
print("a line of its log", flush=True)
open(f"{folder}/ready", "w").close()
while True:
    time.sleep(0.05)
"""


SLEEP = "time.sleep(597.4)"  # stands in the command of both


def command(folder: Path, how: str = "obedient") -> list[str]:
    return [sys.executable, "-c", SOURCE, str(folder), how]


eventually = partial(waiting.eventually, seconds=SECONDS)


def state(number: int) -> str:
    """The state of a process, e.g. `stopped` for a frozen one; empty if it is not there."""
    try:
        return psutil.Process(number).status()
    except psutil.NoSuchProcess:
        return ""


def alive(number: int) -> bool:
    return state(number) not in ("", *processes.ENDED)


def kill(*numbers: int) -> None:
    """What a test has left; numbers that somebody else was given meanwhile are passed over."""
    for number in numbers:
        if alive(number) and SLEEP in "".join(psutil.Process(number).cmdline()):
            os.kill(number, signal.SIGKILL)
