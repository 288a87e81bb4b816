"""Which service a request is for, by host, by first path segment, or because only one has such a route."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from mdt.definitions.model import Catalog, Service
from mdt.server.addresses import split_first

COMPARED = 200  # routes whose likeness is looked at when nothing fits


@dataclass(frozen=True, slots=True)
class Target:
    """`service` None leaves the choice to the engine, which goes by the host; `several` is who else could be meant."""

    service: str | None
    path: str
    several: tuple[str, ...] = ()


def target(catalog: Catalog, host: str, method: str, path: str, only: str | None = None) -> Target:
    """`only` is the one service that this server or listener is for."""
    if only is not None:
        return _of_one(catalog, only, method, path)
    if host and host in catalog.hosts:
        return Target(None, path)
    return _by_path(catalog, method, path)


def _of_one(catalog: Catalog, name: str, method: str, path: str) -> Target:
    """The service's name before the path is allowed, not needed."""
    first, rest = split_first(path)
    service = catalog.services.get(name)
    if first != name or (service is not None and fits(service, method, path)):
        return Target(name, path)
    return Target(name, rest)


def _by_path(catalog: Catalog, method: str, path: str) -> Target:
    first, rest = split_first(path)
    named = catalog.services.get(first)
    if named is not None and fits(named, method, rest):
        return Target(first, rest)
    having = [(one.name, inner) for one in catalog.services.values() if (inner := _inside(one, method, path))]
    if len(having) == 1:
        return Target(*having[0])
    if named is not None:
        return Target(first, rest)
    return Target(_closest(catalog, path), path, tuple(name for name, _ in having))


def fits(service: Service, method: str, path: str) -> bool:
    """Whether the service has a route for the path, whatever its `match` says of the rest."""
    for _ in service.table.find(method, path):
        return True
    return service.dispatcher is not None and service.dispatcher.find(method, path) is not None


def _inside(service: Service, method: str, path: str) -> str | None:
    """The path as the service's routes have it, which may come with the service's base path or without."""
    if fits(service, method, path):
        return path
    base = service.base_path
    if base and path.startswith(f"{base}/") and fits(service, method, path[len(base) :]):
        return path[len(base) :]
    return None


def _closest(catalog: Catalog, path: str) -> str | None:
    """The service whose routes are most like the path: its near miss is the one to show."""
    routes = [route for service in catalog.services.values() for route in service.routes]
    likely = sorted(routes, key=lambda route: abs(len(route.template) - len(path)))[:COMPARED]
    words = SequenceMatcher(b=path, autojunk=False)

    def likeness(template: str) -> float:
        words.set_seq1(template)
        return words.ratio()

    best = max(likely, key=lambda route: likeness(route.template), default=None)
    return best.service if best else None
