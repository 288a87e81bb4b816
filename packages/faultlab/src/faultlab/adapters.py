"""Finds the adapter of a service: by `module:name`, or by name in the package that pyproject.toml gives.

[tool.faultlab]
adapters = "tests.faults.adapters"    # tests/faults/adapters/payments.py has ADAPTER = Payments()
"""

import pkgutil
import re
import sys
import tomllib
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from faultlab.adapter import Adapter
from faultlab.language import FaultlabError, Joined, _, did_you_mean, sentences

FILE = "pyproject.toml"
ATTRIBUTE = "ADAPTER"
MEMBERS = (
    *("name", "profiles", "write", "read", "alive", "healthy", "retries", "envelope", "patient", "transitions"),
    *("install", "launch", "prepare", "request", "snapshot"),
)
PROFILES = ("deployed", "quick")  # that every adapter must have
PLACE = re.compile(r"\w+(\.\w+)*:\w+")
SETTING = f"{FILE}: [tool.faultlab] adapters"
DOCS = "faultlab/docs/adapters.md"
HOW = _(
    "Write --adapter module:name, or name their package in {setting}; {docs} says more.", setting=SETTING, docs=DOCS
)


class AdapterError(FaultlabError):
    """The adapter does not exist or is incomplete."""


def load(name: str | None, folder: Path) -> Adapter:
    """The adapter `name` of the project in `folder`; without a name the only one, or the one with `main = True`."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    if name is None or ":" not in name:
        return _picked(name, known(folder))
    if not PLACE.fullmatch(name):
        raise AdapterError(_("{name!r} names no adapter: write module:name, as in shop.faults:Shop.", name=name))
    module, attribute = name.split(":")
    found = getattr(_imported(module), attribute, None)
    if found is None:
        raise AdapterError(_("The module {module} has no {name}.", module=module, name=attribute))
    return _checked(name, found)


def known(folder: Path) -> Mapping[str, Adapter]:
    """The adapters of the project's package, by the names of their modules."""
    package = _package(folder)
    if not package:
        return {}
    path = getattr(_imported(package), "__path__", None)
    if path is None:
        raise AdapterError(
            _("{setting} is to name a package, and {name} is a module in one file.", setting=SETTING, name=package)
        )
    found = {}
    for one in pkgutil.iter_modules(path):
        module = _imported(f"{package}.{one.name}")
        if hasattr(module, ATTRIBUTE):
            found[one.name] = _checked(module.__name__, getattr(module, ATTRIBUTE))
    return found


def _picked(name: str | None, adapters: Mapping[str, Adapter]) -> Adapter:
    if name is not None:
        if name in adapters:
            return adapters[name]
        raise AdapterError(
            sentences(_("There is no adapter {name!r}.", name=name), did_you_mean(name, adapters) or HOW)
        )
    main = [adapter for adapter in adapters.values() if len(adapters) == 1 or getattr(adapter, "main", False)]
    if len(main) == 1:
        return main[0]
    raise AdapterError(
        _("Which adapter? --adapter takes one of: {names}", names=", ".join(adapters)) if adapters else HOW
    )


def _package(folder: Path) -> str:
    try:
        found: Any = tomllib.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ""
    except ValueError as error:  # neither TOML nor UTF-8
        raise AdapterError(_("{file} cannot be read: {reason}", file=FILE, reason=error)) from error
    for key in ("tool", "faultlab", "adapters"):
        if not isinstance(found, dict) or key not in found:
            return ""
        found = found[key]
    if not isinstance(found, str):
        raise AdapterError(
            _(
                '{setting} is to name a package, as in "tests.faults.adapters", not {found!r}.',
                setting=SETTING,
                found=found,
            )
        )
    return found


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        raise AdapterError(
            _("The adapter's module {module} cannot be loaded: {reason}", module=name, reason=error)
        ) from error


def _checked(place: str, found: Any) -> Adapter:
    adapter: Adapter = found() if isinstance(found, type) else found
    missing = [member for member in MEMBERS if not hasattr(adapter, member)]
    if missing:
        raise AdapterError(
            _(
                "The adapter {adapter} lacks {members}; {docs} says what they are.",
                adapter=place,
                members=", ".join(missing),
                docs=DOCS,
            )
        )
    profiles = [name for name in PROFILES if name not in adapter.profiles]
    if profiles:
        raise AdapterError(
            _(
                "The adapter {adapter} lacks a profile {profiles}; {docs} says what they are.",
                adapter=place,
                profiles=Joined(_(" and "), profiles),
                docs=DOCS,
            )
        )
    return adapter
