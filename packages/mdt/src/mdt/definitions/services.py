"""Compiles a service file: its url, its default, and its routes, which it checks for ambiguity."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from mdt.definitions.addresses import expanded
from mdt.definitions.callback_parts import Setting
from mdt.definitions.callbacks import load_callbacks
from mdt.definitions.conditions import check_transitions, states_of
from mdt.definitions.files import Folder
from mdt.definitions.routes import RouteCompiler
from mdt.definitions.source import Source, Table, line_of
from mdt.definitions.virtuals import load_virtual
from mdt.engine.catalog import Route, Service, names_of
from mdt.engine.choice import VIRTUAL
from mdt.engine.routes import RouteTable, decoded, host_name, shape
from mdt.engine.virtual_interface import VirtualDispatcher
from mdt.language import N_, _, words_of
from mdt.suggest import did_you_mean

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    url: str
    host: str  # lower case, ":port" unless it is the scheme's own
    base_path: str  # "" or "/api"


def address(written: str, env: Mapping[str, str]) -> Address:
    """Parses a url with ${NAME} and ${NAME:-default}. Raises ValueError if a variable is missing or it is no http url."""
    url = expanded(written, env)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(_("{url!r} is no url: {error}", url=url, error=error)) from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment or "${" in url:
        raise ValueError(_("{url!r} is no url of a service: write http://host or https://host/base", url=url))
    return Address(url.rstrip("/"), _host(parts.scheme, parts.hostname, port), decoded(parts.path).rstrip("/"))


def _host(scheme: str, name: str, port: int | None) -> str:
    shown = f"[{name}]" if ":" in name else host_name(name)
    return shown if port in {None, _PORTS[scheme]} else f"{shown}:{port}"


SERVICE_KEYS = (
    *("service", "title", "description", "url", "contract", "default"),
    *("virtual", "options", "states", "routes", "callbacks"),
)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)


def load_services(folder: Folder, env: Mapping[str, str]) -> dict[str, Service]:
    """The services by name. Reports and leaves out services whose name is taken."""
    services: dict[str, Service] = {}
    for path in folder.service_files():
        source, document = folder.yaml(path)
        if document is None:
            folder.unread.add(_own_name(path))
            continue
        table = source.table(document, 1, _("a service file"))
        service = _service(path, table, source, folder, env)
        if (other := services.get(service.name)) is not None:
            message = _("there are two services called {name!r}", name=service.name)
            source.wrong(service.line, message, _("The other one is {file}", file=other.file))
        services.setdefault(service.name, service)
    return services


def _service(path: Path, table: Table, source: Source, folder: Folder, env: Mapping[str, str]) -> Service:
    source.known_keys(table, SERVICE_KEYS, _("a service"))
    name = _name(path, table, source)
    where = _address(name, table, source, env)
    dispatcher = load_virtual(path, name, table, source, folder)
    folder.callbacks |= load_callbacks(path, table, Setting(name, source, folder, path.parent, env))
    states = states_of(table, source)
    routes = _routes(table, source, RouteCompiler(name, where.url, folder, source, path.parent, states=states))
    if states is not None:
        check_transitions(states, routes, source)
    names = names_of(routes, virtual=dispatcher is not None)
    return Service(
        name=name,
        title=source.text(table, "title", name),
        url=where.url,
        host=where.host,
        base_path=where.base_path,
        default=_default(table, names, source, dispatcher),
        table=RouteTable(routes),
        scenario_names=names,
        file=source.file,
        line=line_of(table, "service"),
        description=source.text(table, "description"),
        dispatcher=dispatcher,
        contract=_contract(path, table, source, folder),
        contract_line=line_of(table, "contract"),
        states=states,
    )


def _contract(path: Path, table: Table, source: Source, folder: Folder) -> Path | None:
    """The contract's file, below the folder that holds the folder of definitions."""
    written = source.text(table, "contract")
    if not written:
        return None
    found, project = path.parent / written, folder.path.resolve().parent
    if "\0" not in written and not found.parent.is_dir():
        found = found.resolve()  # the folder of a draft may not be there yet
    if "\0" in written or not found.resolve().is_relative_to(project):
        source.wrong(
            line_of(table, "contract"), _("{file} lies outside of {folder}/", file=written, folder=project.name)
        )
        return None
    if not found.is_file():
        known = _("The path begins at this file: ../../contracts/inventory/1.0.0.json")
        source.wrong(line_of(table, "contract"), _("there is no file {file}", file=written), known)
        return None
    return found


def _own_name(path: Path) -> str:
    """The name of a service that does not set `service`."""
    return path.parent.name if path.stem == "service" else path.stem


def _name(path: Path, table: Table, source: Source) -> str:
    name = source.text(table, "service", _own_name(path))
    if not NAME.fullmatch(name):
        source.wrong(
            line_of(table, "service"),
            _("{name!r} is no name of a service", name=name),
            _("Use letters, digits, - and _"),
        )
    return name


def _address(name: str, table: Table, source: Source, env: Mapping[str, str]) -> Address:
    default = f"http://{name}.internal"
    try:
        return address(source.text(table, "url", default), env)
    except ValueError as error:
        source.wrong(line_of(table, "url"), words_of(error))
        return Address(default, f"{name}.internal", "")


def _routes(table: Table, source: Source, compiler: RouteCompiler) -> tuple[Route, ...]:
    written = source.table(table.get("routes", Table(table.line)), line_of(table, "routes"), "`routes`")
    compiled = [compiler.compile(key, value, line_of(written, key)) for key, value in written.items()]
    routes = tuple(route for route in compiled if route is not None)
    check_ambiguity(routes, source)
    return routes


def _default(table: Table, names: frozenset[str], source: Source, dispatcher: VirtualDispatcher | None) -> str:
    default = source.text(table, "default", VIRTUAL if dispatcher and not table.get("routes") else "")
    if "default" in table and default not in names:
        message = _("no route has the default scenario {name!r}", name=default)
        source.wrong(line_of(table, "default"), message, did_you_mean(default, names))
    return default


def check_ambiguity(routes: Iterable[Route], source: Source) -> None:
    groups: dict[tuple[str, str, int], list[Route]] = defaultdict(list)
    for route in routes:
        groups[route.method, shape(route.template), route.weight].append(route)
    for group in groups.values():
        for first, second in combinations(group, 2):
            if not first.match.excludes(second.match):
                _tell(first, second, source)


def _tell(first: Route, second: Route, source: Source) -> None:
    demands = _(DEMANDS.get(first.weight, SEVERAL), count=first.weight)
    message = _(
        "{one} and {other} (line {line}) fit the same requests: both have {demands}",
        one=second.label,
        other=first.label,
        line=first.line,
        demands=demands,
    )
    source.wrong(
        second.line, message, _("Add a demand to one of them, or let both demand different values at the same place")
    )


DEMANDS = {0: N_("no `match`"), 1: N_("1 demand in `match`")}
SEVERAL = N_("{count} demands in `match`")
