"""Loads definitions again when their files change. Definitions with problems never replace good ones."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Thread

from watchfiles import watch

from mdt.definitions.loader import load
from mdt.engine.catalog import Catalog
from mdt.engine.engine import Engine
from mdt.errors import DefinitionError, MdtError
from mdt.language import _

QUIET = 50  # milliseconds without a change before files count as written
POLL = 100  # milliseconds
RECORDINGS = "recordings"  # folders that hold no definitions
READY = 5  # seconds that the operating system may take to begin watching


class Watcher:
    """Watches a folder in a thread. `error` is None if the engine plays the newest files.

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
    ) -> None:
        self.error: DefinitionError | None = None
        self._engine = engine
        self._folder = folder or engine.catalog.folder
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
        try:
            catalog = load(self._folder, self.env)
        except DefinitionError as error:
            self.error = error
            return error
        self._engine.catalog = self._overlay(catalog) if self._overlay else catalog
        self.error = None
        return catalog

    def _run(self) -> None:
        changes = watch(
            self._folder,
            stop_event=self._stop,
            step=QUIET,
            rust_timeout=POLL,
            yield_on_timeout=True,
            raise_interrupt=False,
        )
        for changed in changes:
            self._ready.set()
            if all(RECORDINGS in Path(path).parts for _change, path in changed):
                continue  # also if nothing has changed
            result = self.reload()
            if self._on_change:
                self._on_change(result)
