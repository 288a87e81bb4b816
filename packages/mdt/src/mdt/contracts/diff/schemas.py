"""Walks two versions of a schema side by side: the facets of each place, then everything below it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mdt.contracts.diff import facets, part_facets
from mdt.contracts.diff import type_facets as kinds
from mdt.contracts.diff.changes import Change
from mdt.contracts.diff.pair import Found, Pair, branches, each_key, joined
from mdt.contracts.diff.rules import RULES

TYPE, SHAPE, REST = "type", "shape", "rest"  # what one change of form would else be told several times


@dataclass(frozen=True, slots=True)
class Facet:
    aspect: str
    look: Callable[[Pair], Iterator[Found]]


FACETS = (
    Facet("nullability", kinds.nullability),
    Facet(TYPE, kinds.type_change),
    Facet("lists", kinds.type_lists),
    Facet(SHAPE, part_facets.compositions),
    Facet(REST, facets.enum),
    Facet(REST, facets.constant),
    Facet(REST, facets.bounds),
    Facet(REST, facets.item_limits),
    Facet(REST, facets.pattern),
    Facet("default", facets.default),
    Facet(REST, facets.demands),
    Facet(REST, facets.contents),
    Facet(REST, part_facets.members),
    Facet(REST, part_facets.obligations),
)


def schema_changes(pair: Pair) -> Iterator[Change]:
    """All changes at this pair and below."""
    hidden = _hidden(pair)
    for facet in FACETS:
        if facet.aspect not in hidden:
            yield from _changes(pair, facet.look(pair))
    yield from _wrapping(pair)
    if kinds.null_wrapped(pair):
        pair = kinds.unwrapped(pair)
    for inner in _below(pair):
        yield from schema_changes(inner)


def _hidden(pair: Pair) -> frozenset[str]:
    """The aspects that another event tells already."""
    if kinds.null_wrapped(pair):
        return frozenset({TYPE, SHAPE, REST, "lists"})
    if kinds.listed_types(pair):
        return frozenset({TYPE, SHAPE, "nullability"})
    if kinds.one_of_wrapped(pair):
        return frozenset({TYPE, SHAPE})
    return frozenset({TYPE} if kinds.only_null_changed(pair) else ())


def _wrapping(pair: Pair) -> Iterator[Change]:
    if kinds.one_of_wrapped(pair) and not kinds.null_wrapped(pair):
        look = [Found("wrapped-in-one-of")] if pair.root else part_facets.compositions(pair)
        yield from _changes(pair, (one for one in look if one.event in {"wrapped-in-one-of", "one-of-added"}))


def _changes(pair: Pair, found: Iterator[Found]) -> Iterator[Change]:
    for one in found:
        rule = RULES.get(_id(pair, one))
        if rule is not None:
            spot = replace(
                pair.spot,
                place=_PLACES.get(_inner(pair, one), _inner(pair, one)),
                name=joined(pair.spot.name, one.name),
            )
            yield Change(rule.id, rule.severity, spot, rule.text, one.old, one.new)


def _inner(pair: Pair, found: Found) -> str:
    return pair.spot.place if not found.name else f"inside {pair.spot.place}"


_PLACES = {
    f"inside {place}": "response-property" if place.startswith("response") else "request-property"
    for place in ("request-body", "request-property", "response-body", "response-property")
}


def _id(pair: Pair, found: Found) -> str:
    """The rule of an event. What nobody sends (a readOnly property of a request) has rules of its own, or none."""
    if found.whole:
        return found.event
    unsent = "read-only" if not pair.response and pair.new.get("readOnly") else ""
    unsent = "write-only" if pair.response and pair.new.get("writeOnly") else unsent
    if pair.root or not unsent:
        return f"{pair.prefix}-{found.event}"
    own = f"{'response' if pair.response else 'request'}-{unsent}-property-{found.event}"
    return own if own in RULES or found.event.startswith(_OF_VALUES) else f"{pair.prefix}-{found.event}"


_OF_VALUES = ("max", "min", "exclusive-", "enum-", "type-", "list-of-types-", "became-enum")


def _below(pair: Pair) -> Iterator[Pair]:
    for old, new, name in _inner_schemas(pair):
        inner = pair.below(old, new, name)
        if inner is not None:
            yield inner


def _inner_schemas(pair: Pair) -> Iterator[tuple[object, object, str]]:
    yield from _of_tables(pair, "properties", "{}")
    for keyword in ("allOf", "anyOf", "oneOf"):
        for at, (old, new) in enumerate(part_facets.matched(pair, keyword)[0]):
            yield old, new, f"{keyword}[{at}]"
    for keyword in _SINGLE:
        old, new = pair.both(keyword)
        if isinstance(old, dict) and isinstance(new, dict):
            yield old, new, keyword
    for keyword in ("patternProperties", "dependentSchemas"):
        yield from _of_tables(pair, keyword, keyword + "[{}]")
    firsts = zip(branches(pair.old, "prefixItems"), branches(pair.new, "prefixItems"), strict=False)
    yield from ((old, new, f"prefixItems[{at}]") for at, (old, new) in enumerate(firsts))


def _of_tables(pair: Pair, keyword: str, shown: str) -> Iterator[tuple[object, object, str]]:
    """The schemas that both versions of a table have under the same name."""
    for key, old, new in each_key(*pair.both(keyword)):
        if isinstance(old, dict) and isinstance(new, dict):
            yield old, new, shown.format(key)


_SINGLE = (
    *("items", "additionalProperties", "contains", "propertyNames", "if", "then", "else", "not"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
