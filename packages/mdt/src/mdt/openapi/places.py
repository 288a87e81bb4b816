"""One file of a document, and a place in it."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mdt.openapi.yaml_values import Parsed

_NAMES = ("$anchor", "$dynamicAnchor")
_IDS = ("$id", "id")

type Pointer = tuple[str, ...]


@dataclass(eq=False, slots=True)
class SourceFile:
    """One file of the document. `name` is its path for messages."""

    path: Path | None
    name: str
    parsed: Parsed
    ids: dict[Pointer, str] = field(default_factory=dict)  # the schemas that have an address of their own
    dynamic: Mapping[Pointer, Mapping[str, Pointer]] = field(
        default_factory=dict
    )  # places of dynamic anchors, by resource and name
    _names: dict[tuple[Pointer, str], Pointer] | None = None

    @property
    def root(self) -> Any:
        return self.parsed.value

    def line(self, pointer: Pointer) -> int:
        """The line of the nearest mapping key on the way to this place; 1 where none is known."""
        for length in range(len(pointer), 0, -1):
            if pointer[:length] in self.parsed.lines:
                return self.parsed.lines[pointer[:length]]
        return 1

    def resource(self, pointer: Pointer) -> Pointer:
        """The nearest schema around a place that has an address of its own, else the whole file."""
        if self.ids:
            for length in range(len(pointer), 0, -1):
                if pointer[:length] in self.ids:
                    return pointer[:length]
        return ()

    def named(self, resource: Pointer, name: str) -> Pointer | None:
        """The place in a resource that `$anchor`, or `$id: "#name"`, calls so."""
        if self._names is None:
            self._names = {(self.resource(at), one): at for at, one in _anchors(self.root)}
        return self._names.get((resource, name))


def _anchors(root: Any) -> Iterator[tuple[Pointer, str]]:
    for place, node in mappings(root):
        yield from ((place, node[key]) for key in _NAMES if isinstance(node.get(key), str))
        yield from ((place, node[key][1:]) for key in _IDS if str(node.get(key)).startswith("#"))


def mappings(root: Any) -> Iterator[tuple[Pointer, dict[str, Any]]]:
    """All mappings of a value, from the outside in."""
    waiting: deque[tuple[Pointer, Any]] = deque([((), root)])
    while waiting:
        place, node = waiting.popleft()
        if isinstance(node, dict):
            yield place, node
        items: Any = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        waiting += [((*place, str(key)), item) for key, item in items if isinstance(item, dict | list)]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file of the document."""

    file: SourceFile
    pointer: tuple[str, ...]

    def at(self, *keys: str | int) -> "Place":
        return Place(self.file, (*self.pointer, *map(str, keys)))

    @property
    def line(self) -> int:
        return self.file.line(self.pointer)

    def __str__(self) -> str:
        return "#" + "".join(f"/{escaped(key)}" for key in self.pointer)


def escaped(key: str) -> str:
    """A key as a part of a JSON Pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
