"""Makes or mends .venv and installs the packages to "run" or to "test", one line a step; a failure is one plain message.

It may run at any time and any number of times: what is fine already is kept. Two at once wait for each other.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from typing import TextIO

from scripts.pip_failures import explain
from scripts.venv_state import REQUIREMENTS, ROOT

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
PIP = (
    "-m",
    "pip",
    "install",
    "--only-binary",
    ":all:",
    "--no-input",
    "--disable-pip-version-check",
    "--progress-bar",
    "off",
)
LAST_STEP = {"run": 4, "test": 3}


def main(purpose: str) -> None:
    """Leave a ready .venv behind, or exit with a message."""
    steps = LAST_STEP[purpose]
    print(f"[1/{steps}] Python {'.'.join(map(str, sys.version_info[:3]))} ({sys.executable})", flush=True)
    with one_at_a_time():
        print(f"[2/{steps}] Environment .venv: {make_environment()}", flush=True)
        if state("ready", purpose) is None:
            print(f"[3/{steps}] Packages: installed already", flush=True)
            return
        print(f"[3/{steps}] Packages: installing {count(purpose)} (log: {LOG.relative_to(ROOT)})", flush=True)
        started = time.monotonic()
        install(purpose)
        print(f"      installed in {time.monotonic() - started:.0f} s", flush=True)


def one_at_a_time() -> TextIO:
    """The open, locked folder `var`; closing it, or the end of the process, frees the lock."""
    folder = ROOT / "var"
    folder.mkdir(exist_ok=True)
    lock = (folder / "setup.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("      waiting: another make is setting up this folder", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def make_environment() -> str:
    """Keep .venv if it is usable, else make it anew; tells which."""
    if not os.path.lexists(VENV):
        create()
        return "made"
    problem = state("usable")
    if problem is None:
        return "kept"
    shutil.rmtree(VENV) if VENV.is_dir() and not VENV.is_symlink() else VENV.unlink()
    create()
    return f"made anew, because the old one {problem}"


def create() -> None:
    """A new environment of the interpreter below this one, which may itself be the .venv that has just been removed."""
    base = getattr(sys, "_base_executable", sys.executable)
    made = subprocess.run([base, "-I", "-m", "venv", str(VENV)], check=False, capture_output=True, text=True)
    if made.returncode:
        sys.exit(f"{VENV} could not be made:\n{made.stdout}{made.stderr}")


def state(*words: str) -> str | None:
    """The problem that `venv_state.py` reports, or None if all is well."""
    command = [str(PYTHON), "-E", "-s", "-m", "scripts.venv_state", *words]
    try:
        answer = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return "does not start"
    return None if answer.returncode == 0 else answer.stdout or "is broken"


def count(purpose: str) -> int:
    """How many packages the requirements files name."""
    lines = [line for name in REQUIREMENTS[purpose] for line in (ROOT / name).read_text().splitlines()]
    return len({line.split("==")[0] for line in lines if "==" in line and not line.startswith("#")})


def install(purpose: str) -> None:
    """Install ready-made packages only, so that no compiler is needed; record it when all is in."""
    files = [word for name in REQUIREMENTS[purpose] for word in ("-r", str(ROOT / name))]
    with LOG.open("w") as log:
        done = subprocess.run(
            [str(PYTHON), *PIP, *files], check=False, stdout=log, stderr=log, env=os.environ | {"PIP_USER": "0"}
        )
    if done.returncode:
        sys.exit(explain(LOG))
    if problem := state("stamp", purpose):
        sys.exit(f"{VENV} {problem}")


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit("\nStopped; the next make goes on from here.")
    except OSError as error:
        sys.exit(
            f"Cannot write here: {error.strerror}: {error.filename}\n"
            "The project keeps .venv and var in its own folder: put it on a disk with space, in a folder that you may write to."
        )
