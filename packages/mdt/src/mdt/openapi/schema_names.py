"""The names of normalised schemas: a short one from its place in the document, and one of its own for each scope that it is reached in."""

import re

from mdt.openapi.dynamic_scope import Scope
from mdt.openapi.places import Place

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_CONTAINERS = ("schemas", "definitions", "$defs")
_MAX_NAME = 120


class SchemaNames:
    """`by_document` are those that the document itself gives."""

    def __init__(self) -> None:
        self.by_document: set[str] = set()
        self._names: dict[tuple[Place, Scope], str] = {}
        self._given: set[str] = set()
        self._wanted: dict[str, int] = {}  # the last number behind a name that several would have

    def of(self, place: Place, scope: Scope) -> tuple[str, bool]:
        """The name, and whether it is new."""
        known = self._names.get((place, scope))
        if known is None:
            self._names[place, scope] = name = self._free(place)
            self._given.add(name)
        return (name, True) if known is None else (known, False)

    def _free(self, place: Place) -> str:
        keys = place.pointer
        is_named = len(keys) > 1 and keys[-2] in _CONTAINERS
        short = keys[-1] if is_named else "_".join(keys) or "root"
        wanted = name = _UNSAFE.sub("_", short)[:_MAX_NAME]
        count = self._wanted.get(wanted, 1)
        while name in self._given:
            count += 1
            name = f"{wanted}_{count}"
        self._wanted[wanted] = count
        if is_named:
            self.by_document.add(name)
        return name
