"""Which properties of a schema are readOnly or writeOnly, those of references and of allOf too (OpenAPI 2.0 and 3.0)."""

from collections.abc import Callable, Iterator
from typing import Any

from mdt.openapi.places import Place
from mdt.openapi.sources import value_at

_MAX_STEPS = 20

type Find = Callable[[str, Place], Place | None]


def flagged(raw: Any, place: Place, flag: str, find: Find) -> set[str]:
    """The names of the properties that carry the flag. `find` resolves a reference."""
    return {
        name
        for one, where in _parts(raw, place, find)
        for name in _properties(one)
        if _has(one, name, where, flag, find)
    }


def _parts(raw: Any, place: Place, find: Find) -> Iterator[tuple[dict[str, Any], Place]]:
    """The schema and those that it is made of."""
    waiting, seen = [(raw, place)], set()
    while waiting:
        one, where = waiting.pop()
        if not isinstance(one, dict) or where in seen:
            continue
        seen.add(where)
        if isinstance(one.get("$ref"), str):
            found = find(one["$ref"], where)
            waiting += [] if found is None else [(value_at(found), found)]
            continue
        yield one, where
        parts = one.get("allOf")
        waiting += [(part, where.at("allOf", at)) for at, part in enumerate(parts if isinstance(parts, list) else ())]


def _properties(raw: dict[str, Any]) -> dict[str, Any]:
    properties = raw.get("properties")
    return properties if isinstance(properties, dict) else {}


def _has(raw: dict[str, Any], name: str, place: Place, flag: str, find: Find) -> bool:
    value, where = _properties(raw)[name], place.at("properties", name)
    for _step in range(_MAX_STEPS):
        if not isinstance(value, dict):
            return False
        if value.get(flag) is True:
            return True
        found = find(value["$ref"], where) if isinstance(value.get("$ref"), str) else None
        if found is None:
            return False
        value, where = value_at(found), found
    return False
