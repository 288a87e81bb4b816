"""What a schema's types say: wider, narrower, another one, or null added to them.

A request may get wider, an answer may get narrower. An integer is a number; a number is a text only where everything is text.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from mdt.contracts.diff.pair import (
    Found,
    Pair,
    Schema,
    Side,
    branches,
    empty,
    nullable,
    properties,
    same,
    type_list,
    types,
)

FORMATS: dict[str, dict[str, tuple[str, ...]]] = {  # a format, and those whose values it takes in
    "number": {"double": ("float",)},
    "integer": {"int64": ("int32",), "bigint": ("int32", "int64")},
    "string": {"date-time": ("date", "time")},
}


def type_change(pair: Pair) -> Iterator[Found]:
    """One event for type and format together."""
    formats = pair.both("format")
    changed = set(types(pair.old)) != set(types(pair.new))
    if not changed and formats[0] == formats[1]:
        return
    kinds = _PARAMETER_KINDS if pair.spot.place == "request-parameter-property" else _KINDS
    event = kinds[pair.response](pair, changed)
    yield Found(event, described(pair.old), described(pair.new))


def _request(pair: Pair, changed: bool) -> str:
    if breaks(pair.old, pair.new, textual=pair.textual) and not _fits_into_list(pair):
        return "type-changed"
    loose = changed and types(pair.old) and types(pair.new) and not covered(pair.old, pair.new)
    return "type-compatible" if loose and pair.spot.place != "request-parameter" else "type-generalized"


def _response(pair: Pair, changed: bool) -> str:
    if breaks(pair.new, pair.old, textual=pair.textual):
        return "type-generalized" if changed and covered(pair.old, pair.new) else "type-changed"
    loose = changed and types(pair.old) and types(pair.new) and not covered(pair.new, pair.old)
    return "type-compatible" if loose else "type-specialized"


def _parameter_property(pair: Pair, _changed: bool) -> str:
    """How an object in a parameter is written is not known: as JSON, or as texts."""
    verdicts = {breaks(pair.old, pair.new, textual=textual) for textual in (False, True)}
    return "type-changed" if len(verdicts) == 2 else "type-specialized" if True in verdicts else "type-generalized"


_KINDS: dict[bool, Callable[[Pair, bool], str]] = {False: _request, True: _response}
_PARAMETER_KINDS: dict[bool, Callable[[Pair, bool], str]] = {False: _parameter_property}


def breaks(narrow: Schema, wide: Schema, *, textual: bool) -> bool:
    """Whether a value of `narrow` may be none of `wide`, by type or format."""
    if set(types(narrow)) != set(types(wide)):
        if not types(wide):
            return False
        if not covered(narrow, wide) and not (textual and types(wide) == ["string"]):
            return True
    return narrow.get("format") != wide.get("format") and not _format_fits(narrow, wide)


def covered(narrow: Schema, wide: Schema) -> bool:
    """Whether each type of `narrow` is one of `wide`. Any type is in no list."""
    found = types(narrow)
    return bool(found) and all(one in types(wide) or (one == "integer" and "number" in types(wide)) for one in found)


def _format_fits(narrow: Schema, wide: Schema) -> bool:
    if not wide.get("format"):
        return True
    kind = types(wide)[0] if len(types(wide)) == 1 else ""
    return narrow.get("format") in FORMATS.get(kind, {}).get(str(wide["format"]), ())


def _fits_into_list(pair: Pair) -> bool:
    """Whether a query's single value became a list of such values, written `?a=1&a=2`: one value is a list of one."""
    if pair.spot.place != "request-parameter" or types(pair.new) != ["array"] or pair.media != EXPLODED:
        return False
    old = {key: value for key, value in pair.old.items() if key != "type"}
    _name, item = pair.sides[1].follow(pair.new.get("items", {}))
    new = {key: value for key, value in item.items() if key != "type"}
    fits = not types(item) or types(item) == ["string"] or covered(pair.old, item)
    return bool(types(pair.old)) and "array" not in types(pair.old) and fits and same(old, new, pair.sides)


EXPLODED = "form;explode"  # the "media type" of a parameter that is repeated for each value


def described(schema: Schema) -> str:
    """The type in a message: "string/date, null"."""
    text = ", ".join(type_list(schema)) or "any"
    return f"{text}/{schema['format']}" if schema.get("format") else text


def nullability(pair: Pair) -> Iterator[Found]:
    before, after = may_be_null(pair.old), may_be_null(pair.new)
    if null_wrapped(pair):
        yield Found("became-nullable" if wraps_null(pair.new) else "became-not-nullable")
    elif before != after and types(pair.old) and types(pair.new):
        yield Found("became-nullable" if after else "became-not-nullable")


def may_be_null(schema: Schema) -> bool:
    return nullable(schema)


def wraps_null(schema: Schema) -> bool:
    found = branches(schema, "oneOf")
    return len(found) == 2 and sum(one == {"type": "null"} for one in found) == 1


def null_wrapped(pair: Pair) -> bool:
    """Whether one version is `oneOf: [null, the other]`."""
    old, new = pair.sides
    return _is_wrap(pair.old, pair.new, (old, new)) or _is_wrap(pair.new, pair.old, (new, old))


def unwrapped(pair: Pair) -> Pair:
    """The pair without the alternative null, for what lies below."""
    sides = zip((pair.old, pair.new), pair.sides, strict=True)
    old, new = (_payload(one, side) if wraps_null(one) else one for one, side in sides)
    return replace(pair, old=old, new=new)


def _payload(wrap: Schema, side: Side) -> Schema:
    return side.follow(next(one for one in wrap["oneOf"] if one != {"type": "null"}))[1]


def _is_wrap(plain: Schema, wrap: Schema, sides: tuple[Side, Side]) -> bool:
    if any(key in plain for key in ("oneOf", "anyOf", "allOf", "not")) or nullable(plain) or not wraps_null(wrap):
        return False
    rest = {key: value for key, value in wrap.items() if key != "oneOf"}
    payload = next(one for one in wrap["oneOf"] if one != {"type": "null"})
    return empty(rest, sides[1]) and same(plain, payload, sides)


def only_null_changed(pair: Pair) -> bool:
    unchanged = set(types(pair.old)) == set(types(pair.new)) and pair.old.get("format") == pair.new.get("format")
    return unchanged and nullable(pair.old) != nullable(pair.new)


def type_lists(pair: Pair) -> Iterator[Found]:
    """`type: string` became `oneOf: [string, integer]`, or the other way."""
    found = listed_types(pair)
    if found is None:
        return
    old, new = found
    added, removed = [one for one in new if one not in old], [one for one in old if one not in new]
    breaking = added if pair.response else removed
    if added or removed:
        widened = bool(breaking) if pair.response else not breaking
        yield Found(f"list-of-types-{'widened' if widened else 'narrowed'}", ", ".join(old), ", ".join(new))


def listed_types(pair: Pair) -> tuple[list[str], list[str]] | None:
    """The types of both, if at least one is a list of alternatives and they differ."""
    old, new = _alternatives(pair.old, 0, pair), _alternatives(pair.new, 1, pair)
    if old is None or new is None or not (old[1] or new[1]) or set(old[0]) == set(new[0]):
        return None
    return old[0], new[0]


def _alternatives(schema: Schema, at: int, pair: Pair) -> tuple[list[str], bool] | None:
    """The types, and whether they are a list; None for a schema that says more than types."""
    if "not" in schema or branches(schema, "allOf") or properties(schema):
        return None
    if type_list(schema):
        return type_list(schema)[:1], False
    found = branches(schema, "oneOf") or branches(schema, "anyOf")
    followed = [pair.sides[at].follow(one)[1] for one in found]
    if not found or not all(_simple(one) for one in followed):
        return None
    return [type_list(one)[0] for one in followed], True


def _simple(schema: Schema) -> bool:
    return len(type_list(schema)) == 1 and not any(schema.get(key) for key in ("properties", "oneOf", "anyOf", "allOf"))


def one_of_wrapped(pair: Pair) -> frozenset[str]:
    """The properties that moved into alternatives when an object became `oneOf`; empty when none did."""
    if branches(pair.old, "oneOf") or not properties(pair.old):
        return frozenset()
    if not branches(pair.new, "oneOf") or properties(pair.new) or type_list(pair.new):
        return frozenset()
    inside = {name for one in branches(pair.new, "oneOf") for name in properties(pair.sides[1].follow(one)[1])}
    return frozenset(properties(pair.old)) & inside
