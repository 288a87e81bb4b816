"""Compiles a service file."""

import re
from collections.abc import Mapping
from pathlib import Path

from mdt.definitions.addresses import Address, address
from mdt.definitions.ambiguity import check_ambiguity
from mdt.definitions.files import Folder
from mdt.definitions.located import Table, line_of
from mdt.definitions.problems import Source
from mdt.definitions.routes import RouteCompiler
from mdt.definitions.virtuals import load_virtual
from mdt.engine.catalog import Route, Service, VirtualDispatcher, names_of
from mdt.engine.choice import VIRTUAL
from mdt.engine.routes import RouteTable
from mdt.language import _, words_of
from mdt.suggest import did_you_mean

SERVICE_KEYS = ("service", "title", "description", "url", "default", "routes")
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)


def load_services(folder: Folder, env: Mapping[str, str]) -> dict[str, Service]:
    """The services by name, those whose name is taken left out (which is a problem)."""
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
    dispatcher = load_virtual(path, name, folder)
    routes = _routes(table, source, RouteCompiler(name, where.url, folder, source, path.parent))
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
    )


def _own_name(path: Path) -> str:
    """What a service is called that does not say it."""
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
