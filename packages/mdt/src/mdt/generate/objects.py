"""Makes an object: required properties, optional ones as the mode wants, more where a number of them is demanded."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mdt.generate.demands import Demands
from mdt.generate.expansion import CutError
from mdt.generate.spots import ImpossibleError, Making, Spot, is_small
from mdt.openapi.special_keywords import DEFS

_ROUNDS = 10
_NAME_TRIES = 12
_CLOSING = frozenset(
    {"additionalProperties", "unevaluatedProperties", "propertyNames", "maxProperties", "patternProperties"}
)
_OTHERS = {"string": "other", "boolean": True, "object": {}}  # values by type


def make_object(making: Making, demands: Demands, spot: Spot, turn: int) -> dict[str, Any]:
    """Raises CutError or ImpossibleError if a required property cannot be made."""
    small = is_small(making, spot, turn)
    _prefer_own_name(demands)
    wanted, demands = _wanted(making, demands, spot, small=small)
    made = _Members(making, demands, spot)
    for name in wanted:
        made.add(name, optional=name not in made.needed)
    for name in () if small else _samples(making, demands, spot):
        made.add(name, optional=True)
    low = demands.largest("minProperties")
    if turn > 1 and demands.nots:
        low = max(low, len(made.value) + 1)  # what must not fit may be an object without others
    for name in _more(making, demands, spot) if len(made.value) < low else ():
        made.add(name, optional=True)
        if len(made.value) >= low:
            break
    return made.value | _set_apart(making, demands, made.value, turn)


def _set_apart(making: Making, demands: Demands, value: dict[str, Any], turn: int) -> dict[str, Any]:
    """For each schema that must not fit a property that it alone describes, with a value of another type than there.

    Two open objects of a `oneOf` fit the same simple bodies; such a property tells them apart.
    """
    found: dict[str, Any] = {}
    is_open = turn > 1 and all(_CLOSING.isdisjoint(part) for part in demands.parts)
    for other in demands.nots if is_open else ():
        described = _followed(making, other).get("properties", {})
        for name in (one for one in described if one not in value and one not in demands.names()):
            kinds = _followed(making, described[name]).get("type")
            if kinds and (fitting := [one for kind, one in _OTHERS.items() if kind not in _as_list(kinds)]):
                found.setdefault(name, fitting[0])
                break
    return found


def _followed(making: Making, schema: Any) -> dict[str, Any]:
    """What a reference stands for; {} for true and false."""
    for _step in range(_ROUNDS):
        if not isinstance(schema, dict) or "$ref" not in schema:
            break
        schema = making.defs[schema["$ref"].removeprefix(DEFS)]
    return schema if isinstance(schema, dict) else {}


def _as_list(kinds: Any) -> list[Any]:
    return kinds if isinstance(kinds, list) else [kinds]


class _Members:
    """The members made so far."""

    def __init__(self, making: Making, demands: Demands, spot: Spot) -> None:
        self.value: dict[str, Any] = {}
        self.needed = set(_needed(demands))
        self._making = making
        self._demands = demands
        self._spot = spot
        self._high = demands.lowest("maxProperties")
        self._forbidden = [set(one) for one in _only_required(demands)]

    def add(self, name: str, *, optional: bool) -> None:
        if name in self.value or (optional and not self._has_room(name)):
            return
        spot = self._spot.inner(name, optional=optional)
        prefer = self._demands.prefer.get(name)
        if prefer is not None:
            spot = replace(spot, prefer=prefer)
        try:
            self.value[name] = self._making.value(self._demands.property(name), spot)
        except (CutError, ImpossibleError):
            if not optional:
                raise

    def _has_room(self, name: str) -> bool:
        missing = len(self.needed - self.value.keys())
        if self._high is not None and len(self.value) + missing >= self._high:
            return False
        there = self.value.keys() | self.needed | {name}
        return not any(name in one and one <= there for one in self._forbidden)


def _needed(demands: Demands) -> list[str]:
    """The required properties, and those of discriminators."""
    return list(dict.fromkeys([*demands.required(), *(name for name in demands.prefer if name in demands.names())]))


def _wanted(making: Making, demands: Demands, spot: Spot, *, small: bool) -> tuple[list[str], Demands]:
    """The names to make, in the document's order, and the demands with what depends on these names."""
    for _round in range(_ROUNDS):
        described = demands.names()
        chosen = set(_needed(demands))
        if not small:
            chosen |= {name for name in described if not _skipped(making, demands, name)}
        chosen |= set(_dependent(demands, chosen))
        names = [*(name for name in described if name in chosen), *(name for name in chosen if name not in described)]
        more = _schemas_of(demands, chosen)
        if not more:
            return names, demands
        demands = making.widened(demands, more, spot)
    return names, demands


def _dependent(demands: Demands, chosen: set[str]) -> Iterator[str]:
    waiting = list(chosen)
    seen = set(chosen)
    while waiting:
        name = waiting.pop()
        for given in demands.each("dependentRequired"):
            new = [one for one in given.get(name, ()) if one not in seen]
            seen |= set(new)
            waiting += new
    if seen - chosen:
        demands.parts.append({"required": sorted(seen - chosen)})
    yield from sorted(seen)


def _schemas_of(demands: Demands, chosen: set[str]) -> list[Any]:
    """The schemas that depend on these names. Each is taken out of its part, so that it is taken once."""
    found: list[Any] = []
    for at, part in enumerate(demands.parts):
        depending = part.get("dependentSchemas", {})
        now = [name for name in depending if name in chosen]
        if now:
            found += [depending[name] for name in now]
            rest = {name: one for name, one in depending.items() if name not in chosen}
            demands.parts[at] = {**part, "dependentSchemas": rest}
    return found


def _skipped(making: Making, demands: Demands, name: str) -> bool:
    return bool(making.skip) and any(_carries(making, one) for one in demands.property(name))


def _carries(making: Making, schema: Any) -> bool:
    for _step in range(20):
        if not isinstance(schema, dict):
            return False
        if schema.get(making.skip) is True:
            return True
        if "$ref" not in schema:
            return False
        schema = making.defs[schema["$ref"].removeprefix(DEFS)]
    return False


def _only_required(demands: Demands) -> Iterator[list[str]]:
    """What must not be there together: `not: {required: […]}`, and the other choices of a oneOf that only require."""
    for one in demands.nots:
        if isinstance(one, dict) and "required" in one and one.keys() <= {"required", "type", "title", "description"}:
            yield one["required"]


def _prefer_own_name(demands: Demands) -> None:
    """A schema with a discriminator that was reached by its own name says that name."""
    for given in demands.each("discriminator"):
        own = [value for value, ref in given.get("mapping", {}).items() if ref.removeprefix(DEFS) in demands.refs]
        if own or demands.refs:
            demands.prefer.setdefault(given["propertyName"], own[0] if own else demands.refs[0])


def _samples(making: Making, demands: Demands, spot: Spot) -> Iterator[str]:
    """One member of a map, whose names are free."""
    described = any(
        isinstance(one, dict) and one
        for key in ("additionalProperties", "patternProperties")
        for one in demands.each(key)
    )
    if described and not demands.names():
        yield from list(_free_names(making, demands, spot))[:1]


def _more(making: Making, demands: Demands, spot: Spot) -> Iterator[str]:
    yield from demands.names()
    yield from _free_names(making, demands, spot)


def _free_names(making: Making, demands: Demands, spot: Spot) -> Iterator[str]:
    """Names that are described by patterns, or by propertyNames, or not at all."""
    rules = list(demands.each("propertyNames"))
    for pattern in (pattern for given in demands.each("patternProperties") for pattern in given):
        limit = {"type": "string", "pattern": pattern}
        yield from _names(making, [limit, *rules], spot)
    if rules:
        yield from _names(making, [{"type": "string"}, *rules], spot)
    else:
        yield from ("key", *(f"key{at}" for at in range(2, 2 + demands.largest("minProperties"))))


def _names(making: Making, schemas: list[Any], spot: Spot) -> Iterator[str]:
    for shift in range(_NAME_TRIES):
        try:
            name = making.value(schemas, replace(spot.inner("", optional=False), shift=shift))
        except (CutError, ImpossibleError):
            continue
        if isinstance(name, str):
            yield name
