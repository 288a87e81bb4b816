"""A service file as it is written, for export: each route with its match and its answers, `extends` resolved."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdt.definitions.extends import flattened
from mdt.definitions.files import Folder
from mdt.definitions.routes import is_route_key
from mdt.definitions.source import Source, Table, plain
from mdt.engine.catalog import Catalog, Service
from mdt.errors import MdtError
from mdt.language import _


@dataclass(frozen=True, slots=True)
class WrittenRoute:
    """`default` is the scenario that the route plays by default; "" if it has none of that name."""

    method: str
    path: str
    label: str
    match: Mapping[str, Any]
    scenarios: Mapping[str, Mapping[str, Any]]
    default: str
    description: str

    def in_turn(self, name: str) -> list[Mapping[str, Any]]:
        """The answers of a scenario, one after the other."""
        answer = self.scenarios[name]
        return [self.scenarios[one] for one in answer["sequence"]] if "sequence" in answer else [answer]


def written_routes(catalog: Catalog, service: Service) -> Iterator[WrittenRoute]:
    """Raises MdtError for a service without a file, such as one that is only Python."""
    folder = Folder(catalog.folder)
    source, document = folder.yaml(Path(service.file))
    if not isinstance(document, Table) or not document.get("routes"):
        raise MdtError(_("{service} has no routes to export.", service=service.name))
    for key, table in document["routes"].items():
        method, path, _name = _parts(key)
        tables = {name: one for name, one in table.items() if not is_route_key(name, one)}
        scenarios = {name: plain(one) for name, one in flattened(tables, Source(source.file)).items()}
        own = table.get("default")
        default = own if isinstance(own, str) else service.default
        default = default if default in scenarios else ""
        yield WrittenRoute(
            method, path, key, plain(table.get("match", {})), scenarios, default, str(table.get("description", ""))
        )


def _parts(key: str) -> tuple[str, str, str]:
    method, _space, rest = key.partition(" ")
    path, _bracket, name = rest.strip().partition(" ")
    return method, path, name.strip(" []")


def has_template(value: Any) -> bool:
    """Whether an answer depends on the call."""
    if isinstance(value, Mapping):
        return any(map(has_template, value.values()))
    if isinstance(value, list):
        return any(map(has_template, value))
    return isinstance(value, str) and ("{{" in value or "{%" in value)
