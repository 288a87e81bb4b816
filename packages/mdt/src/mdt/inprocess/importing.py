"""Calls back when a module has been imported: at once when it is there already, else when somebody imports it."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

type Callback = Callable[[ModuleType], None]


class ImportWatch(MetaPathFinder):
    """Stands first among the finders; finds nothing itself, and passes on what the others find."""

    def __init__(self, callbacks: Mapping[str, Callback]) -> None:
        self._callbacks = callbacks

    def start(self) -> None:
        sys.meta_path.insert(0, self)
        for name, callback in self._callbacks.items():
            if name in sys.modules:
                callback(import_module(name))  # waits for another thread that is importing it

    def stop(self) -> None:
        sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        callback = self._callbacks.get(fullname)
        spec = self._others(fullname, path, target) if callback else None
        if spec and spec.loader and callback:
            spec.loader = _Then(spec.loader, callback)
        return spec

    def _others(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(fullname, path, target)):
                return spec
        return None


class _Then(Loader):
    """The loader that was found, and afterwards the callback."""

    def __init__(self, loader: Loader, callback: Callback) -> None:
        self._loader = loader
        self._callback = callback

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        module.__loader__ = self._loader
        if module.__spec__:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        self._callback(module)
