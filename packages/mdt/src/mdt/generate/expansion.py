"""Takes a schema apart: follows references, joins allOf, chooses of oneOf, anyOf and conditions by a number.

The number of a place says which combination of choices is taken there; what is left of it when all choices are made is the
`turn`, by which values vary that no choice explains.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mdt.generate.demands import Demands
from mdt.generate.heights import Heights
from mdt.openapi.special_keywords import DEFS, Value

_COMPOSED = frozenset({"$ref", "allOf", "oneOf", "anyOf", "if", "then", "else", "not"})
_MAX_PARTS = 400


class CutError(Exception):
    """The schema leads back to one that is being made."""


@dataclass(slots=True)
class Expansion:
    """The expansion of the schemas of one place. `open` are the definitions around it, `leaf` asks for the way that ends."""

    defs: Mapping[str, Value]
    heights: Heights
    open: Mapping[str, int]
    edges: int  # optional edges between the root and here
    number: int
    leaf: bool = False
    made: Demands = field(default_factory=Demands)

    def expand(self, schemas: list[Any]) -> Demands:
        waiting = list(schemas)
        while waiting and not self.made.impossible:
            waiting = self._one(waiting[0]) + waiting[1:]
            if len(self.made.parts) > _MAX_PARTS:
                self.made.impossible = True
        return self.made

    @property
    def turn(self) -> int:
        return self.number

    def _one(self, schema: Any) -> list[Any]:
        """Takes one schema in; returns those that it leads to."""
        if not isinstance(schema, dict):
            self.made.impossible |= schema is False
            return []
        rest = {key: value for key, value in schema.items() if key not in _COMPOSED}
        if rest:
            self.made.parts.append(rest)
        if "not" in schema:
            self.made.nots.append(schema["not"])
            self.made.impossible |= schema["not"] is True or schema["not"] == {}
        more = self._referred(schema["$ref"]) if "$ref" in schema else []
        return [*more, *schema.get("allOf", ()), *self._chosen(schema), *self._conditions(schema)]

    def _referred(self, ref: str) -> list[Any]:
        name = ref.removeprefix(DEFS)
        if name in self.made.refs:
            return []
        if name in self.open:
            if self.open[name] < self.edges and not self.leaf:
                raise CutError
            self.leaf = True
        self.made.refs = (*self.made.refs, name)
        return [self.defs[name]]

    def _chosen(self, schema: dict[str, Any]) -> list[Any]:
        found = []
        for key in ("oneOf", "anyOf"):
            if key not in schema:
                continue
            options = self._ordered(schema[key])
            at = self._take(len(options))
            found.append(options[at])
            if key == "oneOf":
                self.made.nots += [one for one in options if one is not options[at]]
            self._discriminate(schema, options[at])
        return found

    def _take(self, count: int) -> int:
        taken, self.number = self.number % count, self.number // count
        return taken

    def _ordered(self, options: list[Any]) -> list[Any]:
        """Those first that do not lead back and are more than null; where an end is wanted, the shortest."""
        if self.leaf:
            return sorted(options, key=self.heights.of)
        return sorted(options, key=lambda one: (self._leads_back(one), _is_null(one)))

    def _leads_back(self, schema: Any) -> bool:
        ref = schema.get("$ref") if isinstance(schema, dict) else None
        return isinstance(ref, str) and ref.removeprefix(DEFS) in self.open

    def _discriminate(self, schema: dict[str, Any], option: Any) -> None:
        discriminator = schema.get("discriminator")
        if not discriminator or not isinstance(option, dict):
            return
        for value, ref in discriminator.get("mapping", {}).items():
            if ref == option.get("$ref"):
                self.made.prefer.setdefault(discriminator["propertyName"], value)
                return

    def _conditions(self, schema: dict[str, Any]) -> list[Any]:
        """Either the condition holds, and what follows, or it does not."""
        if "if" not in schema or not schema.keys() & {"then", "else"}:
            return []
        if self._take(2) == 0 and schema["if"] is not False:
            return [schema["if"], schema.get("then", True)]
        self.made.nots.append(schema["if"])
        return [schema.get("else", True)]


def _is_null(schema: Any) -> bool:
    return isinstance(schema, dict) and (schema.get("type") == "null" or schema.get("const", 0) is None)
