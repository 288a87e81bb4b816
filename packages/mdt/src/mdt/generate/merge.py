"""Joins what is generated with what is there. What was edited by hand stays; the fingerprints of the last run tell which that is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mdt.generate.service_file import Block, RouteBlocks, ServiceBlocks, fingerprint
from mdt.generate.service_text import RouteText, block_lines, head_lines
from mdt.language import N_, Words, _

HEAD = ""  # the name of a route's own lines among its scenarios
type Prints = dict[str, dict[str, str]]  # by route and scenario

TEXTS = {
    "added": N_("{what}: new"),
    "changed": N_("{what}: changed"),
    "removed": N_("{what}: removed, the document has it no more"),
    "kept": N_("{what}: edited by hand, kept"),
    "conflict": N_("{what}: edited by hand and kept, but the document has changed there too"),
    "orphan": N_("{what}: edited by hand and kept, but the document has it no more"),
    "deleted": N_("{what}: removed by hand, not written again"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a route or a scenario: a key of TEXTS."""

    kind: str
    what: str

    def text(self) -> Words:
        return _(TEXTS[self.kind], what=self.what)


@dataclass(slots=True)
class Merged:
    """The lines of the routes, the fingerprints for the next run, the changes, and the files that are to be written."""

    lines: list[str] = field(default_factory=list)
    prints: Prints = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    files: set[str] = field(default_factory=set)

    def tell(self, kind: str, what: str) -> None:
        self.changes.append(Change(kind, what))


def merge(new: list[RouteText], files: dict[str, bytes], there: ServiceBlocks | None, last: Prints) -> Merged:
    """`there` is the file as it is, `last` the fingerprints of what the last run wrote."""
    merged = Merged()
    old = there.routes if there else {}
    for route in new:
        _Route(route, _prints(route, files), last.get(route.key, {}), merged).join(old.get(route.key))
    known = {route.key for route in new}
    for key, blocks in old.items():
        if key not in known:
            _gone(key, blocks, last.get(key, {}), merged)
    return merged


def _prints(route: RouteText, files: dict[str, bytes]) -> dict[str, str]:
    return {
        HEAD: fingerprint(route.head, None),
        **{name: fingerprint(value, None, files) for name, value in route.blocks.items()},
    }


@dataclass(frozen=True, slots=True)
class _Route:
    """One generated route, with its fingerprints and those of the last run."""

    new: RouteText
    prints: dict[str, str]
    last: dict[str, str]
    merged: Merged

    def join(self, there: RouteBlocks | None) -> None:
        self.merged.prints[self.new.key] = dict(self.prints)
        if there is None:
            self._missing()
        elif there.whole:  # scenarios that share lines: this is not how they are generated
            self.merged.lines += there.lines
            self.merged.tell("kept" if self.last == self.prints else "conflict", self.new.key)
        else:
            self._blocks(there)

    def _missing(self) -> None:
        if self.last:
            self.merged.tell("deleted", self.new.key)
            return
        self.merged.lines += head_lines(self.new)
        for name, value in self.new.blocks.items():
            self._add(name, value)
        self.merged.tell("added", self.new.key)

    def _add(self, name: str, value: dict[str, Any]) -> None:
        self.merged.lines += block_lines(name, value)
        self.merged.files |= set(_files([value]))

    def _blocks(self, there: RouteBlocks) -> None:
        self.merged.lines += self._kept_or_new(HEAD, there.head, list(head_lines(self.new)))
        for name, value in self.new.blocks.items():
            self._scenario(name, value, there.scenarios.get(name))
        for name, block in there.scenarios.items():
            if name not in self.new.blocks:
                self._gone(name, block)

    def _scenario(self, name: str, value: dict[str, Any], block: Block | None) -> None:
        if block is not None:
            lines = self._kept_or_new(name, block, block_lines(name, value))
            self.merged.lines += lines
            if lines is not block.lines or block.fingerprint == self.prints[name]:
                self.merged.files |= set(_files([value]))
        elif name in self.last:
            self.merged.tell("deleted", self._what(name))
        else:
            self._add(name, value)
            self.merged.tell("added", self._what(name))

    def _kept_or_new(self, name: str, block: Block, lines: list[str]) -> list[str]:
        """The lines that are there unless the document has changed and nobody has edited them."""
        wanted, last = self.prints[name], self.last.get(name)
        if block.fingerprint == wanted:
            return block.lines or lines
        if block.fingerprint == last:
            self.merged.tell("changed", self._what(name))
            return lines
        self.merged.tell("kept" if wanted == last else "conflict", self._what(name))
        return block.lines

    def _gone(self, name: str, block: Block) -> None:
        """A scenario that the document does not have: it goes if nobody edited it, and stays if it is somebody's own."""
        last = self.last.get(name)
        if last == block.fingerprint:
            self.merged.tell("removed", self._what(name))
            return
        self.merged.lines += block.lines
        if last is not None:
            self.merged.prints[self.new.key][name] = last
            self.merged.tell("orphan", self._what(name))

    def _what(self, name: str) -> str:
        return f"{self.new.key} {name}".rstrip()


def _gone(key: str, blocks: RouteBlocks, last: dict[str, str], merged: Merged) -> None:
    """A route that the document does not have: it goes if nobody edited it, and stays if it is somebody's own."""
    edited = [name for name, one in blocks.scenarios.items() if last.get(name) != one.fingerprint]
    if last and not edited and not blocks.whole:
        merged.tell("removed", key)
        return
    merged.lines += blocks.lines
    if last:
        merged.prints[key] = last
        merged.tell("orphan", key)


def _files(values: Any) -> Iterator[str]:
    return (value["file"] for value in values if isinstance(value.get("file"), str))
