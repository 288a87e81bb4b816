"""Loads definitions again when their files or their contracts change. Definitions with problems never replace good ones."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from stat import S_ISREG
from threading import Event, Thread

from watchfiles import Change, DefaultFilter, watch

from mdt.definitions.loader import load
from mdt.engine.catalog import Catalog
from mdt.engine.engine import Engine
from mdt.errors import DefinitionError, MdtError
from mdt.language import _

QUIET = 50  # milliseconds without a change before files count as written
POLL = 100  # milliseconds
RECORDINGS = "recordings"  # folders that hold no definitions
CONTRACTS = "contracts"  # the folder beside that of the definitions
READY = 5  # seconds that the operating system may take to begin watching

type Snapshot = Mapping[Path, tuple[int, int]]


class DefinitionFiles(DefaultFilter):
    """All files of a project but those of editors, caches and recordings."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._depth = len(folder.resolve().parent.parts)

    def __call__(self, change: Change, path: str) -> bool:
        return RECORDINGS not in Path(path).parts[self._depth :] and super().__call__(change, path)


def snapshot(folder: Path, catalog: Catalog | None = None) -> Snapshot:
    """The time (ns) and the size of each file that a catalog of this folder is loaded from: tells two states apart."""
    wanted = DefinitionFiles(folder)
    places = _places(folder, catalog)
    files = (file for place in places for file in place.rglob("*") if wanted(Change.modified, str(file)))
    return {file: seen for file in files if (seen := _time_and_size(file))}


class Watcher:
    """Watches a folder, and the contracts of its services, in a thread. `error` is None if the engine plays the newest files.

    `seen` are the files as they were before the engine's catalog was loaded; what was saved since is loaded when the watching begins.
    `overlay` changes each catalog that is loaded. `on_change` is called after each attempt in the watcher's thread, with the new catalog or the error.
    """

    def __init__(
        self,
        engine: Engine,
        folder: Path | None = None,
        *,
        env: Mapping[str, str] = os.environ,
        on_change: Callable[[Catalog | DefinitionError], None] | None = None,
        overlay: Callable[[Catalog], Catalog] | None = None,
        seen: Snapshot | None = None,
    ) -> None:
        self.error: DefinitionError | None = None
        self._engine = engine
        self._folder = folder or engine.catalog.folder
        self._seen = snapshot(self._folder, engine.catalog) if seen is None else seen
        self.env = env
        self._on_change = on_change
        self._overlay = overlay
        self._stop = Event()
        self._ready = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Returns when the watching has begun. Raises MdtError if it runs already."""
        if self._thread:
            raise MdtError(_("This watcher runs already"))
        self._stop.clear()
        self._ready.clear()
        self._thread = Thread(target=self._run, name="mdt-watcher", daemon=True)
        self._thread.start()
        self._ready.wait(READY)

    def stop(self) -> None:
        """Returns when the thread has ended."""
        self._stop.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def reload(self) -> Catalog | DefinitionError:
        """Loads now. On success the engine plays the new catalog."""
        self._seen = self._snapshot()
        try:
            catalog = load(self._folder, self.env)
        except DefinitionError as error:
            self.error = error
            return error
        self._engine.catalog = self._overlay(catalog) if self._overlay else catalog
        self.error = None
        return catalog

    def _run(self) -> None:
        while not self._stop.is_set():
            self._follow(self._places())

    def _follow(self, places: frozenset[Path]) -> None:
        """Loads after each change, until these are no longer the places to watch."""
        changes = watch(
            *places,
            watch_filter=DefinitionFiles(self._folder),
            stop_event=self._stop,
            step=QUIET,
            rust_timeout=POLL,
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        missed = next(changes, set()) or self._snapshot() != self._seen
        self._ready.set()
        if missed:
            self._load()
        for changed in changes:
            if places != self._places():
                return
            if changed:
                self._load()

    def _load(self) -> None:
        result = self.reload()
        if self._on_change:
            self._on_change(result)

    def _places(self) -> frozenset[Path]:
        return _places(self._folder, self._engine.catalog)

    def _snapshot(self) -> Snapshot:
        return snapshot(self._folder, self._engine.catalog)


def _places(folder: Path, catalog: Catalog | None) -> frozenset[Path]:
    """The folders to watch: a contract may stand elsewhere in the project."""
    real = folder.resolve()
    services = catalog.services.values() if catalog else ()
    contracts = (service.contract.resolve().parent for service in services if service.contract)
    places = (real, real.parent / CONTRACTS, *contracts)
    return frozenset(place for place in places if place.is_dir())


def _time_and_size(file: Path) -> tuple[int, int] | None:
    """None for folders, and for what is gone by now."""
    try:
        found = file.stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size) if S_ISREG(found.st_mode) else None
