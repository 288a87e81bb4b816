"""Values at and beyond the limits of a schema: each differs from a valid one in one place."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from mdt.openapi import Schema
from mdt.openapi.written import views

OTHERS = {"string": 1, "integer": "text", "number": "text", "boolean": "text", "array": {}, "object": []}
MOST = 40  # variants of one body
LONGEST = 10_000  # characters that a text is made of


def variants(schema: Schema, value: Any) -> Iterator[tuple[str, Any, bool]]:
    """What is different, the value, and whether it is valid. Only the names of an object and what lies directly in them are varied."""
    for name, changed in list(_changes(schema, value))[:MOST]:
        yield name, changed, schema.is_valid(changed)


def _changes(schema: Schema, value: Any) -> Iterator[tuple[str, Any]]:
    defs = schema.among.defs
    whole = _merged(schema.value, defs)
    yield "another type", OTHERS.get(_kind(whole), {})
    if not isinstance(value, dict):
        return
    for name in whole.get("required", []):
        yield f"without {name}", {key: one for key, one in value.items() if key != name}
    for name in [one for one in whole.get("properties", {}) if one in value]:
        inner = _merged(whole["properties"][name], defs)
        for what, changed in _limits(inner, value[name]):
            made = deepcopy(value)
            made[name] = changed
            yield f"{name} {what}", made


def _kind(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    return next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else str(kind)


def _limits(schema: Mapping[str, Any], value: Any) -> Iterator[tuple[str, Any]]:
    kind = _kind(schema)
    yield "of another type", OTHERS.get(kind, [])
    if "enum" in schema:
        yield "at its last value", schema["enum"][-1]
        yield "of no known value", "‹none›" if kind == "string" else -987_654_321
    if kind in {"integer", "number"}:
        yield from _numbers(schema)
    if kind == "string" and "enum" not in schema:
        yield from _lengths(schema)
    if kind == "array" and isinstance(value, list) and value:
        yield from _counts(schema, value)


def _numbers(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    step = schema.get("multipleOf", 1)
    for keyword, way in (("minimum", -step), ("maximum", step)):
        if keyword in schema:
            yield f"at its {keyword}", schema[keyword]
            yield f"beyond its {keyword}", schema[keyword] + way
    for keyword, way in (("exclusiveMinimum", step), ("exclusiveMaximum", -step)):
        if keyword in schema:
            yield f"at its {keyword}", schema[keyword]
            yield f"inside its {keyword}", schema[keyword] + way


def _lengths(schema: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    if least:
        yield "at its minLength", "x" * least
        yield "below its minLength", "x" * (least - 1)
    if most is not None and most <= LONGEST:
        yield "at its maxLength", "x" * most
        yield "beyond its maxLength", "x" * (most + 1)


def _counts(schema: Mapping[str, Any], value: list[Any]) -> Iterator[tuple[str, Any]]:
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if least:
        yield "below its minItems", value[: least - 1]
    if most is not None and most <= LONGEST:
        yield "beyond its maxItems", [value[0]] * (most + 1)


def _merged(schema: Any, defs: Mapping[str, Any]) -> dict[str, Any]:
    """One table of all that applies: of alternatives the first."""
    found: dict[str, Any] = {}
    for view in views(_first(schema, defs), defs):
        for key, value in view.items():
            if key == "properties":
                found[key] = {**found.get(key, {}), **value}
            elif key == "required":
                found[key] = [*found.get(key, []), *value]
            else:
                found.setdefault(key, value)
    return found


def _first(schema: Any, defs: Mapping[str, Any]) -> Any:
    """The schema with the first of its alternatives alone."""
    if not isinstance(schema, Mapping):
        return {}
    if "$ref" in schema and len(schema) == 1:
        return _first(defs.get(schema["$ref"].removeprefix("#/$defs/"), {}), defs)
    chosen = {key: value[:1] if key in {"oneOf", "anyOf"} else value for key, value in schema.items()}
    return {**chosen, "allOf": [_first(one, defs) for one in schema["allOf"]]} if "allOf" in schema else chosen
