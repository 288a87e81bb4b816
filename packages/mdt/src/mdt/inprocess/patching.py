"""Patches the client libraries, now or when they are imported.

Tools such as responses or pytest-httpx replace the same methods. The tool that began last answers: each block patches
again when it begins, and checks when it ends that its patch was there all the time.
"""

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from mdt.errors import MdtError
from mdt.inprocess import aiohttp_transport, httpx_transport, requests_transport, socket_guard, urllib3_transport
from mdt.language import _

type Callback = Callable[[ModuleType], None]


class ImportWatch(MetaPathFinder):
    """A finder that calls back after the import of a module. It lets the other finders find the module."""

    def __init__(self, callbacks: Mapping[str, Callback]) -> None:
        self._callbacks = callbacks

    def start(self) -> None:
        sys.meta_path.insert(0, self)
        for name, callback in self._callbacks.items():
            if name in sys.modules:
                callback(import_module(name))  # waits if another thread is importing it

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
    """Runs the loader that was found, then the callback."""

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


type Function = Callable[..., Any]
type Wrap = Callable[[ModuleType, Function], Function]

_HTTPX: tuple[tuple[str, str, Wrap], ...] = (
    ("HTTPTransport", "handle_request", httpx_transport.mocked),
    ("AsyncHTTPTransport", "handle_async_request", httpx_transport.mocked_async),
)
PATCHES: dict[str, tuple[tuple[str, str, Wrap], ...]] = {  # module: class, method, function that makes the patch
    "requests.adapters": (("HTTPAdapter", "send", requests_transport.mocked),),
    "urllib3.connectionpool": (("HTTPConnectionPool", "urlopen", urllib3_transport.mocked),),
    "httpx": _HTTPX,
    "httpx2": _HTTPX,
    "aiohttp.connector": (("BaseConnector", "connect", aiohttp_transport.connecting),),
    "aiohttp.client": (("ClientSession", "_request", aiohttp_transport.requesting),),
}
_lock = threading.RLock()
_ours: dict[int, tuple[Function, Function]] = {}  # by id: our patch and the function under it
_watch: ImportWatch | None = None


class PatchLostError(MdtError):
    """Another tool undid the patch of a client library while a block was open: its calls may have reached the network."""

    def __init__(self, methods: Sequence[str]) -> None:
        self.methods = tuple(methods)
        super().__init__(
            _(
                "While the block was open, another tool put the own function of {methods} back: calls may have reached "
                "the network. mdt answers again from now on. Start that tool inside the block, or stop it after the block.",
                methods=", ".join(methods),
            )
        )


def install() -> None:
    """Patches every client library; again where another tool has replaced the patch."""
    global _watch  # noqa: PLW0603 - patched once for the process
    with _lock:
        if _watch is None:
            watch = ImportWatch(dict.fromkeys(PATCHES, _patch))
            watch.start()
            _watch = watch
        restore()
        socket_guard.install()


def restore() -> list[str]:
    """Patches again what other tools have replaced. Returns the methods that were the library's own again, so that
    calls may have reached the network.
    """
    with _lock:
        lost = [target for module in _loaded() for target in _targets(module) if not _in_place(*target[:2])]
        bare = [
            f"{owner.__module__}.{owner.__name__}.{name}" for owner, name, *_rest in lost if _is_librarys(owner, name)
        ]
        for owner, name, wrap, module in lost:
            _put_in_front(owner, name, wrap, module)
    return bare


def uninstall() -> None:
    """Removes all patches, and those of other tools around them."""
    global _watch  # noqa: PLW0603
    with _lock:
        if _watch is not None:
            _watch.stop()
            _watch = None
        for module in _loaded():
            for owner, name, *_rest in _targets(module):
                setattr(owner, name, original_of(owner, name))


def original_of(owner: type, method: str) -> Function:
    """The method under the patch: the library's own, or that of a tool that was there before."""
    function = owner.__dict__[method]
    while id(function) in _ours:
        function = _ours[id(function)][1]
    return function  # type: ignore[no-any-return]


def _loaded() -> list[ModuleType]:
    return [sys.modules[name] for name in PATCHES if name in sys.modules]


def _targets(module: ModuleType) -> list[tuple[type, str, Wrap, ModuleType]]:
    """The methods to patch; none of a module that is still being imported, which ImportWatch patches afterwards."""
    rows = PATCHES[module.__name__]
    return [(getattr(module, owner), name, wrap, module) for owner, name, wrap in rows if hasattr(module, owner)]


def _below_proxies(function: Any) -> tuple[Any, Any]:
    """The innermost proxy of wrapt (None if there is none) and the function in it. Tracing tools use such proxies; other
    wrappers may answer themselves.
    """
    proxy = None
    while hasattr(function, "_self_wrapper") and callable(getattr(function, "__wrapped__", None)):  # no mock has both
        proxy, function = function, function.__wrapped__
    return proxy, function


def _in_place(owner: type, name: str) -> bool:
    return id(_below_proxies(owner.__dict__[name])[1]) in _ours


def _is_librarys(owner: type, name: str) -> bool:
    """Whether it is the library's own method, perhaps traced: wrappers have `__wrapped__`, unittest.mock has `mock`."""
    function = _below_proxies(owner.__dict__[name])[1]
    module = getattr(function, "__module__", None) or ""  # a mock has none
    is_of_package = module.partition(".")[0] == owner.__module__.partition(".")[0]
    return is_of_package and not hasattr(function, "__wrapped__") and not hasattr(function, "mock")


def _put_in_front(owner: type, name: str, wrap: Wrap, module: ModuleType) -> None:
    """Puts the patch on top, but below tracing, so that tracing sees each call."""
    proxy, function = _below_proxies(owner.__dict__[name])
    ours = wrap(module, function)
    _ours[id(ours)] = ours, function
    if proxy is None:
        setattr(owner, name, ours)
    else:
        proxy.__wrapped__ = ours


def _patch(module: ModuleType) -> None:
    with _lock:
        for owner, name, wrap, _module in _targets(module):
            if not _in_place(owner, name):
                _put_in_front(owner, name, wrap, module)
