"""Loads the virtual.py beside a service file."""

import hashlib
import sys
import traceback
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

from mdt.definitions.files import Folder
from mdt.definitions.source import Source
from mdt.engine.catalog import VirtualDispatcher
from mdt.language import _, words_of

_loaded: dict[
    Path, tuple[str, ModuleType]
] = {}  # an unchanged file keeps its classes, so that sessions keep their state


def load_virtual(service_file: Path, name: str, folder: Folder) -> VirtualDispatcher | None:
    """The dispatcher of <service>/virtual.py; None if there is no such file, or if it is broken, which is reported."""
    path = service_file.parent / "virtual.py"
    if service_file.stem != "service" or not path.is_file():
        return None
    own = folder.source(path)
    text = folder.read(path, own)
    module = None if text is None else _module(path, name, text, own)
    return None if module is None else _dispatcher(module, name, own)


def _module(path: Path, name: str, text: bytes, source: Source) -> ModuleType | None:
    digest = hashlib.sha256(text).hexdigest()
    cached = _loaded.get(path.resolve())
    if cached and cached[0] == digest:
        return cached[1]
    module = module_from_spec(spec_from_loader(f"mdt_virtual_{name}_{digest[:12]}", loader=None))  # type: ignore[arg-type]
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # pydantic looks up names there
    try:
        exec(compile(text, str(path), "exec"), module.__dict__)  # noqa: S102 - the user's own code, as in conftest.py
    except Exception as error:  # noqa: BLE001 - whatever the file does wrong is told with its line
        del sys.modules[module.__name__]
        why = f"{type(error).__name__}: {error}"
        source.wrong(_line(error, path), _("this file cannot be loaded: {error}", error=why))
        return None
    if cached:
        sys.modules.pop(cached[1].__name__, None)
    _loaded[path.resolve()] = digest, module
    return module


def _line(error: Exception, path: Path) -> int:
    """The last line of this file in the traceback."""
    if isinstance(error, SyntaxError):
        return error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno or 1 for frame in reversed(frames) if frame.filename == str(path)), 1)


def _dispatcher(module: ModuleType, name: str, source: Source) -> VirtualDispatcher | None:
    from mdt.virtual import VirtualService
    from mdt.virtual.dispatch import Dispatcher

    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, VirtualService) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        source.wrong(
            1, _("the file holds {count} subclasses of VirtualService", count=len(found)), _("Write exactly one")
        )
        return None
    try:
        return Dispatcher.load(found[0], name, source.file)
    except (TypeError, ValueError) as error:
        source.wrong(1, words_of(error))
        return None
