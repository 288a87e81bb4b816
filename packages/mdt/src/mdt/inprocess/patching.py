"""Puts sessions in front of the client libraries, once for the process; of one that is imported later, at its import."""

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from mdt.inprocess import httpx_transport, requests_transport

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


type Wrap = Callable[[ModuleType, Callable[..., Any]], Callable[..., Any]]

_HTTPX: tuple[tuple[str, str, Wrap], ...] = (
    ("HTTPTransport", "handle_request", httpx_transport.mocked),
    ("AsyncHTTPTransport", "handle_async_request", httpx_transport.mocked_async),
)
PATCHES: dict[str, tuple[tuple[str, str, Wrap], ...]] = {  # module -> class, method, what stands in front of it
    "requests.adapters": (("HTTPAdapter", "send", requests_transport.mocked),),
    "httpx": _HTTPX,
    "httpx2": _HTTPX,
}
_MARK = "__mdt_original__"
_lock = threading.RLock()
_originals: dict[tuple[type, str], tuple[Callable[..., Any], Callable[..., Any]]] = {}
_watch: ImportWatch | None = None


def install() -> None:
    """Does nothing the second time."""
    global _watch  # noqa: PLW0603 - patched once for the process
    if _watch is None:
        with _lock:
            if _watch is None:
                watch = ImportWatch(dict.fromkeys(PATCHES, _patch))
                watch.start()
                _watch = watch


def uninstall() -> None:
    """Takes everything back; what somebody else put in front of ours in the meantime stays."""
    global _watch  # noqa: PLW0603
    with _lock:
        if _watch is not None:
            _watch.stop()
            _watch = None
        for (owner, name), (original, ours) in _originals.items():
            if owner.__dict__.get(name) is ours:
                setattr(owner, name, original)
        _originals.clear()


def original_of(owner: type, method: str) -> Callable[..., Any]:
    """The library's own method, whether it is patched or not."""
    patched = _originals.get((owner, method))
    return patched[0] if patched else getattr(owner, method)


def _patch(module: ModuleType) -> None:
    with _lock:
        for class_name, method, wrap in PATCHES[module.__name__]:
            owner = getattr(module, class_name)
            if (owner, method) not in _originals:
                original = getattr(owner, method)
                original = getattr(original, _MARK, original)  # ours, put back by somebody who had kept it
                ours = wrap(module, original)
                setattr(ours, _MARK, original)
                _originals[owner, method] = (original, ours)
                setattr(owner, method, ours)
