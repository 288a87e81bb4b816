"""Finds the service that a request is for, and its routes that fit the path.

In the process the host tells the service; of several services at one host, the one with the longest matching base path.
On the server the path may tell it too: by the service's name as its first segment, or because only one service has a
route for the path.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from mdt.engine.catalog import Catalog, Route, Service
from mdt.engine.messages import Request
from mdt.engine.stubs import Stubs
from mdt.engine.virtual_interface import VirtualRoute

_UNREAD: Final = object()
COMPARED = 200  # routes that are compared when nothing fits


class Found:
    """A service, the path below its base path, and the routes and stubs that fit it.

    `shortened`: the request's path began with the service's name or base path, which the journal leaves out.
    """

    __slots__ = ("_method", "_virtual", "path", "routes", "service", "shortened", "stubbed")

    def __init__(
        self, service: Service, method: str, path: str, stubs: Stubs | None, *, shortened: bool = False
    ) -> None:
        self.service = service
        self.path = path
        self.shortened = shortened
        self.routes = list(service.table.find(method, path))
        self.stubbed = list(stubs.table(service.name).find(method, path)) if stubs else []
        self._method = method
        self._virtual: Any = _UNREAD

    @property
    def virtual(self) -> tuple[VirtualRoute, dict[str, str]] | None:
        """The handler of the virtual service that fits, with its path parameters."""
        if self._virtual is _UNREAD:
            dispatcher = self.service.dispatcher
            self._virtual = dispatcher.find(self._method, self.path) if dispatcher else None
        return self._virtual  # type: ignore[no-any-return]

    @property
    def fits(self) -> bool:
        """Whether the service has a route for the path; `match` is not looked at."""
        return bool(self.routes) or bool(self.stubbed) or self.virtual is not None


@dataclass(frozen=True, slots=True)
class NoService:
    """No service was found: none has the name or the host, or `several` have a route for the path."""

    name: str | None = None
    several: tuple[str, ...] = ()


def find(
    catalog: Catalog, request: Request, name: str | None, stubs: Stubs | None, *, by_path: bool
) -> Found | NoService:
    """Finds the service; `name` is given if only that one is possible, `stubs` if the session has some."""
    if name is not None:
        return _named(catalog, request, name, stubs, by_path=by_path)
    if by_path and not (request.host and request.host in catalog.hosts):
        return _by_path(catalog, request, stubs)
    return _by_host(catalog, request, stubs)


def _named(catalog: Catalog, request: Request, name: str, stubs: Stubs | None, *, by_path: bool) -> Found | NoService:
    """With `by_path`, the service's name may stand before the path."""
    service = catalog.services.get(name)
    if service is None:
        return NoService(name)
    found = Found(service, request.method, request.path, stubs)
    first, rest = _split(request.path)
    if by_path and first == name and not found.fits:
        return Found(service, request.method, rest, stubs, shortened=True)
    return found


def _by_host(catalog: Catalog, request: Request, stubs: Stubs | None) -> Found | NoService:
    """The service of the host whose base path is the longest one that the path begins with."""
    path = request.path
    for service in catalog.hosts.get(request.host, ()):
        base = service.base_path
        if not base:
            return Found(service, request.method, path, stubs)
        if path.startswith(base) and path[len(base) : len(base) + 1] in {"", "/"}:
            return Found(service, request.method, path[len(base) :] or "/", stubs)
    return NoService()


def _by_path(catalog: Catalog, request: Request, stubs: Stubs | None) -> Found | NoService:
    """The service that the first segment names, else the only one with such a route, else the closest one."""
    first, rest = _split(request.path)
    service = catalog.services.get(first)
    named = Found(service, request.method, rest, stubs, shortened=True) if service else None
    if named is not None and named.fits:
        return named
    fitting = list(_fitting(catalog, request, stubs))
    if len(fitting) == 1:
        return fitting[0]
    if named is not None:
        return named
    if fitting:
        return NoService(several=tuple(one.service.name for one in fitting))
    return _closest(catalog, request, stubs) or _by_host(catalog, request, stubs)


def _fitting(catalog: Catalog, request: Request, stubs: Stubs | None) -> Iterator[Found]:
    """Every service that has a route for the path, with or without its base path."""
    for service in catalog.services.values():
        found = Found(service, request.method, request.path, stubs)
        base = service.base_path
        if not found.fits and base and request.path.startswith(f"{base}/"):
            found = Found(service, request.method, request.path[len(base) :], stubs, shortened=True)
        if found.fits:
            yield found


def _closest(catalog: Catalog, request: Request, stubs: Stubs | None) -> Found | None:
    """The service with the route that is most like the path; the report shows its near miss."""
    path = request.path
    routes = [route for service in catalog.services.values() for route in service.routes]
    likely = sorted(routes, key=lambda route: abs(len(route.template) - len(path)))[:COMPARED]
    words = SequenceMatcher(b=path, autojunk=False)

    def likeness(route: Route) -> float:
        words.set_seq1(route.template)
        return words.ratio()

    best = max(likely, key=likeness, default=None)
    return Found(catalog.services[best.service], request.method, path, stubs) if best else None


def _split(path: str) -> tuple[str, str]:
    """The first segment of a path, and the path after it."""
    first, slash, rest = path[1:].partition("/")
    return first, slash + rest or "/"
