"""Gives values of YAML back the text that was written, where the schema asks for text: 044925, 1e5, true."""

from collections.abc import Iterator, Mapping
from typing import Any

from mdt.openapi.numbers import as_text, plain

_DEFS = "#/$defs/"


def restored(value: Any, schema: Any, key: str, defs: Mapping[str, Any], *, as_written: bool) -> Any:
    """The value of a keyword that holds instances: one, or a list of them under `examples` and `enum`."""
    if not as_written:
        return value
    if key in {"examples", "enum"}:
        return [instance(one, schema, defs) for one in value]
    return instance(value, schema, defs)


def instance(value: Any, schema: Any, defs: Mapping[str, Any]) -> Any:
    """A plain value, with text where the schema takes text and not what YAML made of it."""
    if isinstance(value, dict):
        return {name: _member(item, name, schema, defs) for name, item in value.items()}
    if isinstance(value, list):
        return [_member(item, at, schema, defs) for at, item in enumerate(value)]
    if isinstance(value, int | float) and _asks_for_text(value, schema, defs):
        return as_text(value)
    return plain(value)


def _member(value: Any, key: str | int, schema: Any, defs: Mapping[str, Any]) -> Any:
    if not isinstance(value, dict | list | int | float):
        return value
    inner = list(_inner(key, schema, defs))
    if not inner:
        return plain(value)
    return instance(value, inner[0] if len(inner) == 1 else {"anyOf": inner}, defs)


def _inner(key: str | int, schema: Any, defs: Mapping[str, Any]) -> Iterator[Any]:
    for view in views(schema, defs):
        if isinstance(key, str):
            properties = view.get("properties", {})
            yield from [properties[key]] if key in properties else [view[more] for more in _MORE if more in view]
        else:
            first = view.get("prefixItems", [])
            yield from [first[key]] if key < len(first) else [view["items"]] if "items" in view else []


_MORE = ("additionalProperties", "unevaluatedProperties")


def _asks_for_text(value: float, schema: Any, defs: Mapping[str, Any]) -> bool:
    kinds: set[str] = set()
    for view in views(schema, defs):
        types = view.get("type", [])
        kinds |= {types} if isinstance(types, str) else set(types)
        if not types and "enum" in view:
            kinds |= {"string" if isinstance(one, str) else "number" for one in view["enum"]}
    own = {"boolean"} if isinstance(value, bool) else {"number", "integer"}
    return "string" in kinds and not kinds & own


def views(schema: Any, defs: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema and all that it combines or refers to, each once."""
    waiting, seen = [schema], set()
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if "$ref" in one:
            waiting.append(defs[one["$ref"].removeprefix(_DEFS)])
        waiting += [part for key in ("allOf", "anyOf", "oneOf") for part in one.get(key, ())]
