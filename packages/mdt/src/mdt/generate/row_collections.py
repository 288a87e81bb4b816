"""The collections of a document: paths with a GET or POST, beside which `<path>/{key}` can be read; the key is in the row that it answers."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

from mdt.engine.routes import parameters
from mdt.generate.names import route_path
from mdt.generate.scenarios import Scenario
from mdt.openapi import Operation

type Made = list[tuple[Operation, list[Scenario]]]
type Routes = Mapping[
    str, Mapping[str, tuple[str, dict[str, Scenario]]]
]  # by path and method: the path, its scenarios by name
_OF_ONE_ROW = re.compile(r"(.*)/\{\w+\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Collection:
    """`operations` are its own by "GET +", "POST +", and those of one row by "GET"; each with its scenarios."""

    path: str
    key: str
    operations: Mapping[str, tuple[str, dict[str, Scenario]]]
    rows: str
    one: str

    @property
    def row(self) -> dict[str, Any]:
        value = self.success("GET").value
        return value if isinstance(value, dict) else {}

    @property
    def name(self) -> str:
        """The name of the key in a row: that of the parameter, else id."""
        return self.key if self.key in self.row else "id"

    @property
    def seed(self) -> str:
        return str(self.row[self.name])

    @property
    def constant(self) -> str:
        return self.one.upper()

    def success(self, which: str) -> Scenario:
        return self.operations[which][1]["success"]


def collections_of(made: Made) -> list[Collection]:
    routes: dict[str, dict[str, tuple[str, dict[str, Scenario]]]] = {}
    for operation, scenarios in made:
        path, query = route_path(operation.path)
        by_name = {one.name: one for one in scenarios}
        if "success" in by_name and not query:
            routes.setdefault(path, {})[operation.method] = (path, by_name)
    rows: dict[str, str] = {}
    for path in routes:
        if match := _OF_ONE_ROW.fullmatch(path):
            rows.setdefault(match[1], path)
    taken: set[str] = set()
    return [
        one for path in routes if path in rows and (one := _collection(path, rows[path], routes, taken)) is not None
    ]


def _collection(path: str, inner: str, routes: Routes, taken: set[str]) -> Collection | None:
    """`inner` is the path of one row."""
    own = {f"{method} +": one for method, one in routes[path].items() if method in {"GET", "POST"}}
    if not own or parameters(path) or "GET" not in routes[inner]:
        return None
    rows = _word(path.rpartition("/")[2] or "rows", taken)
    one = _word(rows.removesuffix("s"), taken) if rows.endswith("s") else rows
    found = Collection(path, parameters(inner)[0], {**own, **routes[inner]}, rows, one)
    return found if found.name in found.row and not iskeyword(found.key) else None


def _word(text: str, taken: set[str]) -> str:
    """An identifier that no other collection has."""
    word = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").lower() or "rows"
    word = f"rows_{word}" if iskeyword(word) or word[0].isdigit() else word
    while word in taken:
        word += "_2"
    taken.add(word)
    return word
