"""All that several schemas demand of one value together: a list of plain parts, and questions to it."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any

import regex

from mdt.generate.quantities import Bounds, exact, of_format
from mdt.generate.texts import Demand

TYPES = ("object", "array", "string", "integer", "number", "boolean", "null")
_HINTS = (  # keywords that tell which type is meant where none is named
    ("object", ("properties", "required", "additionalProperties", "patternProperties", "minProperties", "maxProperties",
                "propertyNames", "dependentRequired", "dependentSchemas", "unevaluatedProperties")),
    ("array", ("items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems", "unevaluatedItems")),
    ("string", ("pattern", "minLength", "maxLength", "format", "contentEncoding", "contentMediaType")),
    ("number", ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")),
)  # fmt: skip
MISSING = object()


@dataclass(slots=True)
class Demands:
    """`parts` hold no references, allOf, oneOf, anyOf or conditions any more; `nots` are what must not fit."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    nots: list[Any] = field(default_factory=list)
    impossible: bool = False
    refs: tuple[str, ...] = ()  # the definitions that were gone through
    prefer: dict[str, str] = field(default_factory=dict)  # what the discriminator says, by property

    def each(self, key: str) -> Iterator[Any]:
        return (part[key] for part in self.parts if key in part)

    def types(self) -> list[str]:
        """The types that are allowed, the likeliest first."""
        allowed = set(TYPES)
        for given in self.each("type"):
            names = {given} if isinstance(given, str) else set(given)
            allowed &= names | ({"integer"} if "number" in names else set())
        for one in self.nots:
            if isinstance(one, dict) and set(one) <= {"type", "description", "title"} and "type" in one:
                allowed -= {one["type"]} if isinstance(one["type"], str) else set(one["type"])
                allowed -= {"integer"} if "number" in _listed(one["type"]) else set()
        named = [name for given in self.each("type") for name in _listed(given)]
        if len(allowed) == 1:
            return list(allowed)
        there = set[str]().union(*self.parts)
        hinted = [kind for kind, keys in _HINTS if not there.isdisjoint(keys)]
        order = {name: at for at, name in enumerate([*hinted, *dict.fromkeys(named), *TYPES][::-1])}
        return sorted(allowed, key=lambda name: (name == "null", -order[name]))

    def values(self) -> list[Any] | None:
        """The values that `const` and `enum` leave; None if neither is there."""
        lists = [[one] for one in self.each("const")] + [list(one) for one in self.each("enum")]
        if not lists:
            return None
        left = [one for one in lists[0] if all(_is_among(one, others) for others in lists[1:])]
        return [one for one in left if not any(_is_among(one, given) for given in self._excluded())]

    def _excluded(self) -> Iterator[list[Any]]:
        """The values that a `not` names, and nothing else."""
        for one in self.nots:
            if isinstance(one, dict) and len(one) == 1:
                yield from ([one["const"]] for _key in one.keys() & {"const"})
                yield from (one["enum"] for _key in one.keys() & {"enum"})

    def text(self) -> Demand:
        highs = list(self.each("maxLength"))
        return Demand(
            max(self.each("minLength"), default=0),
            min(highs) if highs else None,
            tuple(dict.fromkeys(self.each("pattern"))),
            tuple(dict.fromkeys(self.each("format"))),
        )

    def bounds(self, *, whole: bool) -> Bounds:
        formats = [of_format(one) for one in self.each("format") if isinstance(one, str)]
        lows = [(exact(one), False) for one in self.each("minimum")]
        lows += [(exact(one), True) for one in self.each("exclusiveMinimum")] + [one.low for one in formats if one.low]
        highs = [(exact(one), False) for one in self.each("maximum")]
        highs += [(exact(one), True) for one in self.each("exclusiveMaximum")] + [
            one.high for one in formats if one.high
        ]
        factors = tuple(exact(one) for one in self.each("multipleOf"))
        return Bounds(max(lows, default=None), min(highs, key=_highest, default=None), factors, whole)

    def lowest(self, key: str) -> int | None:
        return min(self.each(key), default=None)

    def largest(self, key: str) -> int:
        return int(max(self.each(key), default=0))

    def property(self, name: str) -> list[Any]:
        """The schemas that the value of a property must fit."""
        found = [schema for part in self.parts for schema in _of_property(part, name)]
        return found or list(self.each("unevaluatedProperties"))

    def item(self, index: int) -> list[Any]:
        found = [schema for part in self.parts for schema in _of_item(part, index)]
        return found or list(self.each("unevaluatedItems"))

    def names(self) -> list[str]:
        """The properties that are described, in the order of the document."""
        return list(dict.fromkeys(name for given in self.each("properties") for name in given))

    def required(self) -> list[str]:
        return list(dict.fromkeys(name for given in self.each("required") for name in given))


def _highest(bound: tuple[Fraction, bool]) -> tuple[Fraction, bool]:
    return bound[0], not bound[1]


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _of_property(part: dict[str, Any], name: str) -> list[Any]:
    found = [part["properties"][name]] if name in part.get("properties", {}) else []
    found += [one for pattern, one in part.get("patternProperties", {}).items() if matches(pattern, name)]
    return found or ([part["additionalProperties"]] if "additionalProperties" in part else [])


def _of_item(part: dict[str, Any], index: int) -> list[Any]:
    first = part.get("prefixItems", ())
    if index < len(first):
        return [first[index]]
    return [part["items"]] if "items" in part else []


def matches(pattern: str, text: str) -> bool:
    """Whether a text has what the expression describes; an expression that cannot be read matches nothing."""
    compiled = _compiled(pattern)
    return compiled is not None and compiled.search(text) is not None


@cache
def _compiled(pattern: str) -> Any:
    try:
        return regex.compile(re.sub(r"\(\?<(?![=!])", "(?P<", pattern))
    except regex.error:
        return None


def _is_among(one: Any, values: Iterable[Any]) -> bool:
    return any(same(one, other) for other in values)


def same(one: Any, other: Any) -> bool:
    """Equality of JSON: 1 is 1.0, but not true."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(one == other)
