"""What changed at one schema: values, limits, patterns, keywords that hold schemas. Each facet yields the events that it sees."""

import json
from collections.abc import Iterator
from typing import Any

from mdt.contracts.diff.pair import Found, Pair, branches, each_key

BOUNDS = {
    "maximum": "max",
    "exclusiveMaximum": "exclusive-max",
    "maxLength": "max-length",
    "maxItems": "max-items",
    "maxContains": "max-contains",
    "minimum": "min",
    "exclusiveMinimum": "exclusive-min",
    "minLength": "min-length",
    "minItems": "min-items",
    "minContains": "min-contains",
}
FROM_ZERO = frozenset({"minLength", "minItems"})  # nothing is the same as 0


def bounds(pair: Pair) -> Iterator[Found]:
    for keyword, event in BOUNDS.items():
        old, new = (_number(value, keyword) for value in pair.both(keyword))
        if old != new:
            yield Found(f"{event}-{_movement(old, new)}", old, new)
    gone = _number(pair.new.get("minItems"), "minItems") == 0 and _number(pair.old.get("minItems"), "minItems")
    if gone and "minItems" not in pair.new:
        yield Found("min-items-unset", pair.old["minItems"])


def item_limits(pair: Pair) -> Iterator[Found]:
    """`maxItems` that stands in the items of a parameter, where it means little, is told as that of the parameter, as in oasdiff."""
    if pair.spot.place == "request-parameter" and pair.both("maxItems") == (None, None):
        old, new = (pair.sides[at].follow(items)[1].get("maxItems") for at, items in enumerate(pair.both("items")))
        if old is not None and new is not None and old != new:
            yield Found(f"max-items-{_movement(old, new)}", old, new)


def _number(value: Any, keyword: str) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return 0 if keyword in FROM_ZERO else None


def _movement(old: float | None, new: float | None) -> str:
    if old is None or new is None:
        return "set" if old is None else "unset"
    return "increased" if new > old else "decreased"


def enum(pair: Pair) -> Iterator[Found]:
    """Null in a list of values is nullability, which has its own events. A list that goes loses each of its values, as in oasdiff."""
    old, new = (_values(value) for value in pair.both("enum"))
    if new and not old:
        yield Found("became-enum", None, [json.loads(key) for key in new])
    for key in [one for one in old if one not in new]:
        yield _removed(pair, json.loads(key))
    for key in [one for one in new if one not in old]:
        if old:
            yield Found("enum-value-added", None, json.loads(key))


def _removed(pair: Pair, value: Any) -> Found:
    if pair.response and pair.root:
        return Found("response-mediatype-enum-value-removed", value, whole=True)
    return Found("enum-value-removed", value)


def _values(value: Any) -> dict[str, None]:
    return dict.fromkeys(json.dumps(one, sort_keys=True) for one in value or () if one is not None)


def constant(pair: Pair) -> Iterator[Found]:
    yield from _came_and_went(pair, "const", "const")


def default(pair: Pair) -> Iterator[Found]:
    yield from _came_and_went(pair, "default", "default-value")


def _came_and_went(pair: Pair, keyword: str, event: str) -> Iterator[Found]:
    old, new = pair.both(keyword)
    if old == new and (keyword in pair.old) == (keyword in pair.new):
        return
    verb = "added" if old is None else "removed" if new is None else "changed"
    yield Found(f"{event}-{verb}", old, new)


def pattern(pair: Pair) -> Iterator[Found]:
    old, new = (value or "" for value in pair.both("pattern"))
    if old == new:
        return
    verb = (
        "added"
        if not old
        else "removed"
        if not new
        else "generalized"
        if new == ".*" and not pair.response
        else "changed"
    )
    yield Found(f"pattern-{verb}", old or None, new or None)


HOLDERS = {  # keywords that hold a schema
    "if": "if",
    "then": "then",
    "else": "else",
    "contains": "contains",
    "propertyNames": "property-names",
    "unevaluatedItems": "unevaluated-items",
    "unevaluatedProperties": "unevaluated-properties",
}
TABLES = {"patternProperties": "pattern-property", "dependentSchemas": "dependent-schema"}  # several, by name
CONTENTS = {"contentMediaType": "content-media-type", "contentEncoding": "content-encoding"}


def demands(pair: Pair) -> Iterator[Found]:
    """One such keyword more and less is accepted."""
    for keyword, event in HOLDERS.items():
        old, new = pair.both(keyword)
        yield from _one_side(event, keyword, old, new)
    for keyword, event in TABLES.items():
        for key, old, new in each_key(*pair.both(keyword)):
            yield from _one_side(event, key, old, new)
    yield from _dependent(pair)
    yield from _prefixes(pair)


def contents(pair: Pair) -> Iterator[Found]:
    for keyword, event in CONTENTS.items():
        old, new = pair.both(keyword)
        if old != new:
            yield Found(f"{event}-changed", old or "", new or "")


def _one_side(event: str, name: str, old: Any, new: Any) -> Iterator[Found]:
    if (old is None) != (new is None):
        yield Found(f"{event}-added", None, name) if old is None else Found(f"{event}-removed", name)


def _dependent(pair: Pair) -> Iterator[Found]:
    for key, old, new in each_key(*pair.both("dependentRequired")):
        if old != new:
            verb = "added" if old is None else "removed" if new is None else "changed"
            yield Found(f"dependent-required-{verb}", _listed(key, old), _listed(key, new))


def _listed(key: str, names: Any) -> str | None:
    return None if names is None else f"{key}: {', '.join(map(str, names))}"


def _prefixes(pair: Pair) -> Iterator[Found]:
    old, new = (len(branches(schema, "prefixItems")) for schema in (pair.old, pair.new))
    if old != new:
        yield Found(f"prefix-items-{'added' if new > old else 'removed'}", old, new)
