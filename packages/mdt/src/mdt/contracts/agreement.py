"""A contract as it is asked: which of its operations is it that a route or a request means."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlsplit

from mdt.engine.routes import RouteTable, decoded, shape
from mdt.openapi import Document, Operation


@dataclass(frozen=True, slots=True, eq=False)
class _Routed:
    operation: Operation
    method: str
    template: str
    weight: int = 0


@dataclass(eq=False)
class Agreement:
    """A contract as it is asked: which operation is it, does this answer fit. `base` is the path of the service's URL."""

    document: Document
    base: str = ""
    name: str = ""
    _shapes: dict[tuple[str, str], Operation] = field(init=False)

    def __post_init__(self) -> None:
        self._shapes = {}
        for one in self.document.operations:
            for template in self._templates(one):
                self._shapes.setdefault((one.method, shape(template)), one)

    def _templates(self, operation: Operation) -> list[str]:
        """The path as it is written, and below the paths of the servers."""
        servers = [urlsplit(url).path.rstrip("/") for url in operation.servers or self.document.servers]
        return list(dict.fromkeys([operation.path, *(f"{path}{operation.path}" for path in servers)]))

    def of_route(self, method: str, template: str) -> Operation | None:
        """The operation of a mock's route, whose path is below `base`."""
        ways = (template, f"{self.base}{template}")
        return next((found for way in ways if (found := self._shapes.get((method, shape(way))))), None)

    @cached_property
    def _table(self) -> RouteTable[_Routed]:
        return RouteTable(
            tuple(_Routed(one, method, _simple(template)) for (method, _s), one, template in self._rows())
        )

    def _rows(self) -> Iterator[tuple[tuple[str, str], Operation, str]]:
        for one in self.document.operations:
            for template in self._templates(one):
                yield (one.method, shape(template)), one, template

    def of_path(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """The operation of a request's path, and the values of its parameters by name."""
        ways = [path, path.removeprefix(self.base) or "/"] if self.base and path.startswith(self.base) else [path]
        for way in ways:
            for routed, values in self._table.find(method, decoded(way)):
                return routed.operation, dict(
                    zip(_names(routed.operation.path), values[-len(_names(routed.operation.path)) :], strict=False)
                )
        return None

    def labels(self) -> list[str]:
        return [one.label for one in self.document.operations]


_PLAIN = re.compile(r"\{[^{}/]+\}")


def _simple(template: str) -> str:
    """A template whose parameters have names that the engine's routes take."""
    count = iter(range(1_000))
    return _PLAIN.sub(lambda _found: f"{{p{next(count)}}}", template)


def _names(template: str) -> list[str]:
    return [one[1:-1] for one in _PLAIN.findall(template)]
