"""Versions of the application for `make run`: each is a process, and the next one takes over once it serves."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import DefaultFilter, watch

ROOT = Path(__file__).resolve().parents[1]
WATCHED = ("backend", "migrations", ".env", ".env.development")
SUFFIXES = (".py", ".po", ".toml", ".env", ".development")
SECONDS_TO_STOP = 10
OFF = ("0", "no", "off", "false")


class Version:
    """The application as its files are now, in a process that serves on `listener`."""

    def __init__(self, listener: socket.socket) -> None:
        self._ready, ready = os.pipe()
        life, self._life = os.pipe()
        inherited = (listener.fileno(), ready, life)
        command = [sys.executable, "-m", "scripts.dev_worker", *map(str, inherited)]
        self.process = subprocess.Popen(command, cwd=ROOT, pass_fds=inherited)
        os.close(ready)
        os.close(life)

    def serves(self) -> bool:
        """Wait until it serves, or has ended with its reason on the terminal."""
        served = os.read(self._ready, 1) == b"1"
        os.close(self._ready)
        return served

    def wait(self) -> int:
        """Wait until it ends by itself; gives its exit code."""
        return self.process.wait()

    def end(self) -> int:
        """Let it finish its answers, and wait for that; gives its exit code."""
        os.close(self._life)
        try:
            return self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class SourceFiles(DefaultFilter):
    """What a version is made of."""

    def __call__(self, change: object, path: str) -> bool:
        return path.endswith(SUFFIXES) and super().__call__(change, path)  # type: ignore[arg-type]


def changes() -> Iterable[set[str]]:
    """The files that were changed together, each time some were."""
    there = [ROOT / name for name in WATCHED if (ROOT / name).exists()]
    for found in watch(*there, watch_filter=SourceFiles(), raise_interrupt=True):
        yield {str(Path(path).relative_to(ROOT)) for _, path in found}


def follow_changes(
    version: Version, start: Callable[[], Version], changed: Callable[[], Iterable[set[str]]] = changes
) -> None:
    """Serve the newest version that starts, until Ctrl-C."""
    try:
        if os.environ.get("RELOAD", "").lower() in OFF:
            sys.exit(version.wait())
        for files in changed():
            print(f"Changed: {', '.join(sorted(files))}", flush=True)
            version = successor(version, start())
    finally:
        version.end()


def successor(version: Version, new: Version) -> Version:
    """The new version if it serves, else the one before it."""
    if new.serves():
        version.end()
        print("The new version serves.", flush=True)
        return new
    new.end()
    print("The new version does not start; the one before it still serves. Mend it and save.", flush=True)
    return version
