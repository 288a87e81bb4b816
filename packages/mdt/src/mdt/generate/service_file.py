"""A service file that exists, cut into the blocks of text of its routes and scenarios, comments with them."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mdt.definitions.routes import is_route_key
from mdt.definitions.source import Source, Table, plain
from mdt.definitions.yaml_text import read_yaml
from mdt.errors import DefinitionError


@dataclass(slots=True)
class Block:
    """Some lines of the file, and the fingerprint of what they say."""

    lines: list[str]
    fingerprint: str


@dataclass(slots=True)
class RouteBlocks:
    """A route: its own lines, and its scenarios. `whole` is all of it where scenarios share lines."""

    head: Block
    scenarios: dict[str, Block] = field(default_factory=dict)
    whole: Block | None = None

    @property
    def lines(self) -> list[str]:
        if self.whole:
            return self.whole.lines
        return [*self.head.lines, *(line for one in self.scenarios.values() for line in one.lines)]


@dataclass(slots=True)
class ServiceBlocks:
    """The file: what stands before its routes, and the routes by key."""

    head: Block
    routes: dict[str, RouteBlocks] = field(default_factory=dict)

    def contract(self) -> str:
        """The contract that the file names; "" if it names none."""
        head = read_yaml("\n".join(self.head.lines).encode(), Source("", []))
        found = head.get("contract", "") if isinstance(head, Table) else ""
        return found if isinstance(found, str) else ""


def fingerprint(value: Any, folder: Path | None, files: dict[str, bytes] | None = None) -> str:
    """A short hash of a value; a file that it names counts with its content, from `files` or else the folder."""
    if isinstance(value, dict) and isinstance(name := value.get("file"), str):
        content = (files or {}).get(name)
        if content is None and folder is not None and (folder / name).is_file():
            content = (folder / name).read_bytes()
        value = {**value, "file": [name, hashlib.sha256(content or b"").hexdigest()]}
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def read_service(path: Path, shown: str) -> ServiceBlocks:
    """The blocks of a file. Raises DefinitionError if it cannot be read."""
    content = path.read_bytes()
    source = Source(shown)
    table = read_yaml(content, source)
    if source.problems or not isinstance(table, Table):
        raise DefinitionError(source.problems or [_no_mapping(source)])
    lines = content.decode("utf-8-sig").splitlines()
    routes = table.get("routes")
    head_value = {key: plain(value) for key, value in table.items() if key != "routes"}
    if not isinstance(routes, Table) or not routes:
        return ServiceBlocks(Block(_without_routes(lines), fingerprint(head_value, None)))
    starts = _starts(lines, [routes.lines[key] for key in routes], len(lines))
    found = ServiceBlocks(Block(_without_routes(lines[: starts[0]]), fingerprint(head_value, None)))
    for (key, value), start, end in zip(routes.items(), starts, [*starts[1:], len(lines)], strict=True):
        found.routes[key] = _route(value, lines, start, end, path.parent)
    return found


def _no_mapping(source: Source) -> Any:
    source.table(None, 1, "the file")
    return source.problems[0]


def _without_routes(lines: list[str]) -> list[str]:
    """The lines before `routes:`."""
    return [line for line in lines if not line.startswith("routes:")]


def _starts(lines: list[str], keys: list[int], end: int) -> list[int]:
    """The first line of each key, from 0: its own, or that of the comment above it."""
    found = []
    low = 0
    for line in keys:
        at = line - 1
        while at > low and (lines[at - 1].lstrip().startswith("#") or not lines[at - 1].strip()):
            at -= 1
        found.append(at)
        low = line
    return [min(one, end) for one in found]


def _route(value: Any, lines: list[str], start: int, end: int, folder: Path) -> RouteBlocks:
    everything = Block(lines[start:end], fingerprint(plain(value), folder))
    if not isinstance(value, Table):
        return RouteBlocks(everything, whole=everything)
    own = {key: plain(one) for key, one in value.items() if is_route_key(key, one)}
    names = [key for key, one in value.items() if not is_route_key(key, one)]
    keys = [value.lines[name] for name in names]
    if not names or len(set(keys)) < len(keys) or min(keys) - 1 <= start or _mixed(value, names):
        return RouteBlocks(Block([], fingerprint(own, folder)), whole=everything)
    starts = _starts(lines, keys, end)
    found = RouteBlocks(Block(lines[start : starts[0]], fingerprint(own, folder)))
    for name, first, last in zip(names, starts, [*starts[1:], end], strict=True):
        found.scenarios[name] = Block(lines[first:last], fingerprint(plain(value[name]), folder))
    return found


def _mixed(value: Table, names: list[str]) -> bool:
    """Whether a key of the route itself stands below a scenario."""
    own = [value.lines[key] for key in value if key not in names]
    return bool(own) and max(own) > min(value.lines[name] for name in names)
