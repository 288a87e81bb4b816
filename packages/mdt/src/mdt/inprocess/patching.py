"""Puts sessions in front of the client libraries, once for the process; of one that is imported later, at its import."""

import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

from mdt.inprocess import httpx_transport, requests_transport
from mdt.inprocess.importing import ImportWatch

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
