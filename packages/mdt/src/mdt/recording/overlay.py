"""Puts a dispatcher in the place of a service: in the process and on the server it then answers for the service."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from mdt.definitions.services import address
from mdt.engine.catalog import Catalog, Route, Service
from mdt.engine.choice import VIRTUAL
from mdt.engine.datasets import DataSets
from mdt.engine.routes import RouteTable, allowed
from mdt.engine.virtual_interface import VirtualDispatcher
from mdt.errors import MdtError, UnknownServiceError
from mdt.language import Words, _, words_of
from mdt.server.addresses import host_of, is_loopback


@dataclass(frozen=True, slots=True)
class PlayedRoute:
    """The route that journal and reports show."""

    label: str
    file: str
    line: int = 1
    description: str = ""


def with_dispatcher(
    catalog: Catalog, service: Service, dispatcher: VirtualDispatcher, *, known: bool = False
) -> Catalog:
    """The catalog in which the dispatcher answers what no selected scenario of the service does.

    `known`: nor what its default scenarios do.
    """
    routes = tuple(_under_virtual(route, service.default_of(route) if known else "") for route in service.routes)
    changed = replace(
        service,
        default=VIRTUAL,
        table=RouteTable(routes),
        scenario_names=service.scenario_names | {VIRTUAL},
        dispatcher=dispatcher,
    )
    services = {**catalog.services, service.name: changed}
    hosts = {host: tuple(services[one.name] for one in found) for host, found in catalog.hosts.items()}
    if service.name not in catalog.services:
        hosts[service.host] = (changed, *hosts.get(service.host, ()))
    return replace(catalog, services=MappingProxyType(services), hosts=MappingProxyType(hosts))


def _under_virtual(route: Route, default: str) -> Route:
    """The route with its default scenario under the name that is played now; without one it plays nothing by default."""
    scenario = route.scenarios.get(default)
    return replace(route, default="", scenarios={**route.scenarios, **({VIRTUAL: scenario} if scenario else {})})


def service_of(catalog: Catalog, name: str, target: str | None) -> Service:
    """The service; a new one at `target` if the definitions have none of this name. Raises UnknownServiceError."""
    if name in catalog.services:
        return catalog.services[name]
    if target is None:
        raise UnknownServiceError(name, catalog.services)
    where = checked_url(target)
    host = urlsplit(where).netloc
    if host in catalog.hosts:
        raise MdtError(_("{url} belongs to the service {name} already.", url=where, name=catalog.hosts[host][0].name))
    found = address(where, {})
    return Service(
        name, name, found.url, found.host, found.base_path, VIRTUAL, RouteTable(()), frozenset({VIRTUAL}), ""
    )


def checked_url(url: str) -> str:
    """Raises MdtError if it is no address of a service."""
    try:
        return address(url, {}).url
    except ValueError as error:
        raise MdtError(words_of(error)) from None


def check_target(catalog: Catalog, service: Service, target: str | None, allow_hosts: tuple[str, ...]) -> None:
    """Raises MdtError if the real service is at a host that is neither the service's own, nor this machine, nor allowed."""
    host = address(target, {}).host if target else service.host
    own = {service.host, *catalog.settings.allow_hosts, *allow_hosts}
    if not is_loopback(host_of(host)) and not allowed(host, own):
        raise MdtError(
            _(
                "{host} is not the host of {service} ({url}), and is not allowed. Allow it: --allow-host {host}, "
                "allow_hosts=, or allowHosts in mdt.yaml.",
                host=host,
                service=service.name,
                url=service.url,
            )
        )


class PlainDispatcher:
    """The parts of a dispatcher that recording and replaying share."""

    service: type[Any] = object
    description = ""
    routes: tuple[PlayedRoute, ...] = ()

    def __init__(self, file: Path | str = "") -> None:
        self.file = str(file)

    def prepare(self, data: DataSets) -> list[Words]:
        return []

    def openapi(self) -> dict[str, Any]:
        """An empty document: what is recorded is no contract."""
        return {"openapi": "3.1.0", "info": {"title": self.description, "version": "0"}, "paths": {}}
