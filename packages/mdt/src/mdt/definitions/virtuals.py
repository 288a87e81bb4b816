"""Loads a virtual service: the virtual.py beside a service file, or a module that is installed."""

import hashlib
import sys
import traceback
from importlib import import_module
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

from mdt.definitions.files import Folder
from mdt.definitions.source import Source, Table, line_of, plain
from mdt.engine.virtual_interface import VirtualDispatcher
from mdt.language import _, words_of

_loaded: dict[
    Path, tuple[str, ModuleType]
] = {}  # an unchanged file keeps its classes, so that sessions keep their state


def load_virtual(
    service_file: Path, name: str, table: Table, source: Source, folder: Folder
) -> VirtualDispatcher | None:
    """The dispatcher of <service>/virtual.py, or of the module that `virtual` names. None if there is none, or if it is
    broken, which is reported.
    """
    path = service_file.parent / "virtual.py"
    beside = service_file.stem == "service" and path.is_file()
    options = _options(table, source, folder, service_file.parent)
    if "virtual" in table:
        if beside:
            source.wrong(line_of(table, "virtual"), _("there is a virtual.py beside this file"), _("Keep one of them"))
        return _installed(source.text(table, "virtual"), name, options, line_of(table, "virtual"), source)
    if not beside:
        if "options" in table:
            source.wrong(
                line_of(table, "options"), _("`options` belong to a virtual service, and this service has none")
            )
        return None
    own = folder.source(path)
    text = folder.read(path, own)
    module = None if text is None else _module(path, name, text, own)
    return None if module is None else _dispatcher(module, name, own, 1, options, shared=False)


def _installed(
    module_name: str, name: str, options: dict[str, Any], line: int, source: Source
) -> VirtualDispatcher | None:
    """A virtual service of an installed module, such as mdt.partners.wechatpay."""
    try:
        module = import_module(module_name)
    except (ImportError, ValueError, TypeError) as error:
        source.wrong(line, _("the module {name!r} cannot be imported: {error}", name=module_name, error=error))
        return None
    return _dispatcher(module, name, source, line, options, shared=True)


def _options(table: Table, source: Source, folder: Folder, directory: Path) -> dict[str, Any]:
    """The options; {file: …} stands for the text of a file beside the service file."""
    if "options" not in table:
        return {}
    given = source.table(table["options"], line_of(table, "options"), "`options`")
    return {key: _option(given, key, source, folder, directory) for key in given}


def _option(given: Table, key: str, source: Source, folder: Folder, directory: Path) -> Any:
    value = given[key]
    if not isinstance(value, Table) or set(value) != {"file"} or not isinstance(value["file"], str):
        return plain(value)
    content = folder.read(directory / value["file"], source, line_of(given, key))
    return (content or b"").decode(errors="replace")


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


def _dispatcher(
    module: ModuleType, name: str, source: Source, line: int, options: dict[str, Any], *, shared: bool
) -> VirtualDispatcher | None:
    """`shared`: several services may play the class."""
    from mdt.virtual import VirtualService
    from mdt.virtual.dispatch import Dispatcher

    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, VirtualService) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        message = _("the file holds {count} subclasses of VirtualService", count=len(found))
        source.wrong(line, message, _("Write exactly one"))
        return None
    from pydantic import ValidationError

    try:
        service = configured(found[0], name, options) if shared or options else found[0]
        return Dispatcher.load(service, name, source.file)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        place = ".".join(map(str, wrong["loc"]))
        source.wrong(line, _("the option {place}: {error}", place=place, error=wrong["msg"]))
    except (TypeError, ValueError) as error:
        source.wrong(line, words_of(error))
    return None


_configured: dict[tuple[type[Any], str, str], type[Any]] = {}  # as above: the same options keep the class


def configured(service: type[Any], name: str, options: dict[str, Any]) -> type[Any]:
    """The class for one service, with its options. Raises ValidationError."""
    chosen = service.Options.model_validate(options)
    key = service, name, chosen.model_dump_json()
    if key not in _configured:
        values = {"options": chosen, "__module__": service.__module__, "__doc__": service.__doc__}
        _configured[key] = type(service.__name__, (service,), values)
    return _configured[key]
