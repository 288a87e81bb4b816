"""The files of a document: read once, below one folder, never from the network; and where a reference leads."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin

from mdt.definitions.files import bounded
from mdt.errors import DefinitionError, MdtError, Problem
from mdt.language import Words, _, words_of
from mdt.openapi.dynamic_scope import dynamic_anchors
from mdt.openapi.places import Place, Pointer, SourceFile, mappings
from mdt.openapi.yaml_values import NotReadableError, parse

MAX_BYTES = 100_000_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOLDERS = ("schemas", "definitions", "$defs")  # where a plain name that is no anchor is looked for


class LostError(Exception):
    """A reference leads nowhere, or where it may not."""


@dataclass(slots=True)
class Sources:
    """All files, and the problems found in them. `root` is the folder that no reference leaves; None means no other file."""

    root: Path | None
    id_keys: tuple[str, ...] = ("$id",)  # `id` in draft 4
    reference_alone: bool = False  # an `$id` beside `$ref` does not count, as up to draft 7
    files: dict[Path, SourceFile] = field(default_factory=dict)  # by their real paths
    problems: dict[Problem, None] = field(default_factory=dict)  # in order, each once
    _ids: dict[str, Place] = field(default_factory=dict)
    _opened: dict[tuple[Path, str], SourceFile] = field(
        default_factory=dict
    )  # by folder and address: resolving is slow

    def tell(self, place: Place, message: Words, hint: Words = "") -> None:
        self.problems[
            Problem(place.file.name, place.line, _("{place}: {message}", place=place, message=message), hint)
        ] = None

    def open(self, path: Path) -> SourceFile:
        """The file, read once. Raises LostError."""
        real = path.resolve()
        if real not in self.files:
            self.files[real] = self._read(path, real)
        return self.files[real]

    def _read(self, path: Path, real: Path) -> SourceFile:
        if self.root is None or not real.is_relative_to(self.root):
            raise LostError(_("{file} lies outside of the document's folder", file=path.name))
        try:
            content = bounded(path, MAX_BYTES)
            file = SourceFile(real, shown(path), parse(content))
        except MdtError as error:
            raise LostError(words_of(error)) from None
        except NotReadableError as error:
            where = {"file": path.name, "line": error.line}
            raise LostError(_("{file}, line {line}: {reason}", **where, reason=words_of(error))) from None
        for key, line in file.parsed.repeated:
            self.problems[Problem(file.name, line, _("the key {key!r} stands twice; the last counts", key=key))] = None
        if any(word in content for word in (b"$id", b"$dynamicAnchor", b"$recursiveAnchor")):
            self.index(file)
        return file

    def index(self, file: SourceFile) -> None:
        """Notes the schemas of a file that have an address of their own, each relative to the one around it, and the dynamic anchors."""
        for pointer, node in mappings(file.root):
            if (pointer and pointer[-1] in _VALUES) or (self.reference_alone and "$ref" in node):
                continue
            for key in self.id_keys:
                given = node.get(key)
                if isinstance(given, str) and not given.startswith("#"):
                    address = urljoin(file.ids.get(file.resource(pointer), ""), given).removesuffix("#")
                    file.ids[pointer] = address
                    self._ids.setdefault(address, Place(file, pointer))
        file.dynamic = dynamic_anchors(file)

    def target(self, ref: str, base: Place) -> Place:
        """The place that a reference in the file of `base` names. Raises LostError."""
        address, _hash, fragment = ref.partition("#")
        resource = base.file.resource(base.pointer)
        start = self._start(address, base, resource) if address else Place(base.file, resource)
        return _within(start, unquote(fragment))

    def target_or_tell(self, ref: str, base: Place) -> Place | None:
        """The same; what leads nowhere is told as a problem of `base`, and None."""
        try:
            return self.target(ref, base)
        except LostError as error:
            self.tell(base, _("the reference {ref!r} is left out: {reason}", ref=ref, reason=words_of(error)))
            return None

    def _start(self, address: str, base: Place, resource: Pointer) -> Place:
        if self._ids:
            full = urljoin(base.file.ids.get(resource, ""), address)
            if (known := self._ids.get(full, self._ids.get(address))) is not None:
                return known
        if _SCHEME.match(address) or address.startswith("//"):
            raise LostError(_("{address} is on the network, from which nothing is read", address=address))
        return Place(self._beside(address, base.file), ())

    def _beside(self, address: str, file: SourceFile) -> SourceFile:
        """Another file, by its address relative to this one."""
        if file.path is None:
            raise LostError(_("{address} is another file, and this document has none beside it", address=address))
        path = unquote(address)
        if "\0" in path:
            raise LostError(_("{address!r} is no path", address=address))
        key = (file.path.parent, path)
        if key not in self._opened:
            self._opened[key] = self.open(key[0] / path)
        return self._opened[key]


_VALUES = ("properties", "example", "examples", "default", "enum", "const", "value")  # whose `id` is not a schema's


def _within(start: Place, fragment: str) -> Place:
    """The place of a fragment: a JSON Pointer, an anchor, or the plain name of a schema of the file."""
    if fragment.startswith("/"):
        place = start.at(*(part.replace("~1", "/").replace("~0", "~") for part in fragment[1:].split("/")))
        value_at(place)
        return place
    if not fragment:
        return start
    found = start.file.named(start.pointer, fragment)
    return _by_plain_name(start, fragment) if found is None else Place(start.file, found)


def _by_plain_name(start: Place, name: str) -> Place:
    """`#Pet` means the schema Pet of the file, as documents write it that were put together from many files."""
    root = Place(start.file, ())
    ways = [("components", holder) for holder in _HOLDERS] + [(holder,) for holder in _HOLDERS] + [()]
    for way in ways:
        try:
            value_at(root.at(*way, name))
        except LostError:
            continue
        return root.at(*way, name)
    raise LostError(_("nothing is called {name!r} there", name=name))


def value_at(place: Place) -> Any:
    """The value of a place. Raises LostError."""
    value = place.file.root
    for key in place.pointer:
        try:
            value = value[int(key)] if isinstance(value, list) else value[key]
        except (KeyError, IndexError, ValueError, TypeError):
            raise LostError(_("{place} leads nowhere", place=place)) from None
    return value


def shown(path: Path) -> str:
    """The path for messages, relative to the working directory if it is below."""
    here, real = Path.cwd(), path.resolve()
    return str(real.relative_to(here) if real.is_relative_to(here) else path)


def refused(file: str, message: Words, hint: Words = "", line: int = 1) -> DefinitionError:
    """The one error of a document that cannot be read at all."""
    return DefinitionError([Problem(file, line, message, hint)])
