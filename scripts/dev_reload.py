"""Versions of the application for `make run`: each is a process, and the next one takes over once it serves."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path

from watchfiles import DefaultFilter, watch

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = (ROOT / "backend").name
WATCHED = (PACKAGE, "migrations", ".env", ".env.development")
SUFFIXES = (".py", ".po", ".toml", ".env", ".development")
SECONDS_TO_STOP = 10
LOOK_MILLISECONDS = 500  # until a watcher that saw nothing says that it watches
CLOCK_STEP = 0.1  # seconds that a file's time may be behind
OFF = ("0", "no", "off", "false")


class Version:
    """The application as its files are now, in a process that serves on `listener`."""

    def __init__(self, listener: socket.socket) -> None:
        self.begun = time.time()
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


def changes(since: float) -> Iterable[set[str]]:
    """The files that were changed together, each time some were; first those saved after `since`, before the watcher was there."""
    there = [ROOT / name for name in WATCHED if (ROOT / name).exists()]
    watcher = watch(
        *there, watch_filter=SourceFiles(), raise_interrupt=True, rust_timeout=LOOK_MILLISECONDS, yield_on_timeout=True
    )
    first = _names(next(watcher)) | saved_after(since, there)
    yield from filter(None, chain([first], map(_names, watcher)))


def _names(found: Iterable[tuple[object, str]]) -> set[str]:
    return {str(Path(path).relative_to(ROOT)) for _, path in found}


def saved_after(moment: float, places: Iterable[Path]) -> set[str]:
    """The watched files that were saved after that moment, in seconds since 1970."""
    is_source = SourceFiles()
    files = (file for place in places for file in ([place] if place.is_file() else place.rglob("*")))
    wanted = (file for file in files if is_source(None, str(file)) and file.is_file())
    return {str(file.relative_to(ROOT)) for file in wanted if file.stat().st_mtime > moment - CLOCK_STEP}


def follow_changes(
    version: Version, start: Callable[[], Version], changed: Callable[[], Iterable[set[str]]] | None = None
) -> None:
    """Serve the newest version that starts, until Ctrl-C."""
    try:
        if os.environ.get("RELOAD", "").lower() in OFF:
            sys.exit(version.wait())
        for files in changed() if changed else changes(version.begun):
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
