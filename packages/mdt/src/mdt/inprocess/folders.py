"""Finds the folder of definitions of a block, and its engine. Each folder is loaded once per process."""

import os
import threading
from pathlib import Path

from mdt.definitions import Catalog, load
from mdt.engine.engine import Engine
from mdt.errors import MdtError
from mdt.language import _

SETTING = "MDT_MOCKS"
type Definitions = str | os.PathLike[str] | Catalog | Engine

_lock = threading.Lock()
_engines: dict[Path, Engine] = {}
_default: list[Path] = []  # the innermost last; the pytest plugin puts --mocks here


def engine_for(mocks: Definitions | None = None) -> Engine:
    """The engine of a folder or a catalog, else of the default folder. Raises DefinitionError and MdtError."""
    if isinstance(mocks, Engine):
        return mocks
    if isinstance(mocks, Catalog):
        return Engine(mocks)
    folder = (find_folder() if mocks is None else Path(mocks)).resolve()
    with _lock:
        if folder not in _engines:
            _engines[folder] = Engine(load(folder))
        return _engines[folder]


def forget() -> None:
    """Makes the next block load its definitions again."""
    with _lock:
        _engines.clear()


def use_by_default(folder: Path) -> None:
    _default.append(folder)


def stop_using(folder: Path) -> None:
    _default.remove(folder)


def find_folder() -> Path:
    """The folder of --mocks, else of MDT_MOCKS, else `mocks/` here or in the nearest folder above."""
    if _default:
        return _default[-1]
    if given := os.environ.get(SETTING):
        return Path(given)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "mocks").is_dir():
            return folder / "mocks"
    raise MdtError(
        _(
            "There is no folder mocks/ in {here} or above it. Create one with `mdt mock create`, name "
            "yours with mock_scenario(..., mocks='FOLDER'), or set {setting}.",
            here=here,
            setting=SETTING,
        )
    )
