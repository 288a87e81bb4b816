"""Loads the definitions again when a file of their folder changes; a set with problems never replaces a good one."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event, Thread

from watchfiles import watch

from mdt.definitions.loader import load
from mdt.definitions.model import Catalog
from mdt.engine.engine import Engine
from mdt.errors import DefinitionError, MdtError

DEBOUNCE = 50  # milliseconds of silence before files count as written


class Watcher:
    """`error` is what is wrong with the newest files; None when the engine plays them.

    `on_change` is called after each attempt, in the watcher's thread: with the new catalog, or with the error.
    """

    def __init__(
        self,
        engine: Engine,
        folder: Path | None = None,
        *,
        env: Mapping[str, str] = os.environ,
        on_change: Callable[[Catalog | DefinitionError], None] | None = None,
    ) -> None:
        self.error: DefinitionError | None = None
        self._engine = engine
        self._folder = folder or engine.catalog.folder
        self._env = env
        self._on_change = on_change
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Raises MdtError when it runs already."""
        if self._thread:
            raise MdtError("This watcher runs already")
        self._stop.clear()
        self._thread = Thread(target=self._run, name="mdt-watcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Returns when the thread has ended."""
        self._stop.set()
        if self._thread:
            self._thread.join()
            self._thread = None

    def reload(self) -> Catalog | DefinitionError:
        """Loads now; on success the engine plays the new set."""
        try:
            catalog = load(self._folder, self._env)
        except DefinitionError as error:
            self.error = error
            return error
        self._engine.catalog = catalog
        self.error = None
        return catalog

    def _run(self) -> None:
        changes = watch(
            self._folder, stop_event=self._stop, debounce=400, step=DEBOUNCE, rust_timeout=200, raise_interrupt=False
        )
        for _ in changes:
            result = self.reload()
            if self._on_change:
                self._on_change(result)
