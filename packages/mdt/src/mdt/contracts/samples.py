"""A valid value of a schema, to send a request that the contract allows: its examples first, else the smallest that can be made."""

from collections.abc import Callable, Mapping
from typing import Any

from mdt.openapi import Content, Schema
from mdt.openapi.written import views

MISSING = object()
DEEP = 12
FORMATS = {
    "date": "2026-01-31",
    "time": "10:00:00Z",
    "date-time": "2026-01-31T10:00:00Z",
    "uuid": "3f2504e0-4f89-41d3-9a0c-0305e82c3301",
    "email": "li@example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
}


def body_sample(content: Content) -> Any:
    """A valid body; MISSING if none can be made."""
    if content.schema is None:
        return next(iter(content.examples.values()), MISSING)
    return next((one for one in content.examples.values() if content.schema.is_valid(one)), sample_of(content.schema))


def sample_of(schema: Schema) -> Any:
    """A valid value; MISSING if none can be made, for instance because of a pattern without an example."""
    for full in (False, True):
        value = _value(schema.value, schema.among.defs, DEEP, full=full)
        if value is not MISSING and schema.is_valid(value):
            return value
    return MISSING


def _value(schema: Any, defs: Mapping[str, Any], deep: int, *, full: bool) -> Any:
    whole = merged(schema, defs)
    for key in ("examples", "enum"):
        if whole.get(key):
            return whole[key][0]
    for key in ("const", "default"):
        if key in whole:
            return whole[key]
    kind = whole.get("type", "object" if "properties" in whole else "string")
    kind = next((one for one in kind if one != "null"), "null") if isinstance(kind, list) else kind
    if kind in SCALARS:
        return SCALARS[kind](whole)
    return CONTAINERS[kind](whole, lambda one: _value(one, defs, deep - 1, full=full) if deep else MISSING, full=full)


def merged(schema: Any, defs: Mapping[str, Any]) -> dict[str, Any]:
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


def _object(schema: Mapping[str, Any], make: Callable[[Any], Any], *, full: bool) -> Any:
    properties = schema.get("properties", {})
    names = dict.fromkeys([*schema.get("required", []), *(properties if full else ())])
    made = {name: make(properties.get(name, {})) for name in names}
    return {name: value for name, value in made.items() if value is not MISSING}


def _array(schema: Mapping[str, Any], make: Callable[[Any], Any], *, full: bool) -> Any:
    count = schema.get("minItems", 1 if full else 0)
    items = [make(schema.get("items", {})) for _at in range(min(count, 20))]
    return [one for one in items if one is not MISSING]


def _string(schema: Mapping[str, Any]) -> Any:
    text = FORMATS.get(schema.get("format", ""), "text")
    least, most = schema.get("minLength", 0), schema.get("maxLength", len(text))
    return text.ljust(min(least, 100_000), "x") if len(text) <= most else text[:most]


def _number(schema: Mapping[str, Any]) -> Any:
    whole = schema.get("type") == "integer"
    step = schema.get("multipleOf", 1)
    if "minimum" in schema or "exclusiveMinimum" in schema:
        least = max(schema.get("minimum", float("-inf")), schema.get("exclusiveMinimum", float("-inf")) + 1)
        value = -(-least // step) * step
    else:
        most = min(schema.get("maximum", float("inf")), schema.get("exclusiveMaximum", float("inf")) - 1)
        value = min(step, most // step * step) if most != float("inf") else step
    return int(value) if whole or value == int(value) else value


SCALARS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "string": _string,
    "number": _number,
    "integer": _number,
    "boolean": lambda _schema: True,
    "null": lambda _schema: None,
}
CONTAINERS: dict[str, Callable[..., Any]] = {"object": _object, "array": _array}
