"""The `json` part of a match as a JSON Schema (2020-12), for tools that do not know mdt's matchers."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from mdt.formats.recorded import WORDS


def schema_of(match: Any) -> dict[str, Any]:
    """Raises ValueError for what a schema cannot say (jsonPath)."""
    if isinstance(match, Mapping):
        return _keywords(match) if match and set(match) <= WORDS else _object(match)
    if isinstance(match, list):
        items = [schema_of(one) for one in match]
        return (
            {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
            if items
            else {"type": "array", "maxItems": 0}
        )
    return _exactly(match)


def _object(match: Mapping[str, Any]) -> dict[str, Any]:
    present = {key: one for key, one in match.items() if not _is_absent(one)}
    gone = [{"not": {"required": [key]}} for key, one in match.items() if _is_absent(one)]
    needed = [key for key, one in present.items() if not (isinstance(one, Mapping) and set(one) == {"not"})]
    schema: dict[str, Any] = {"type": "object", "properties": {key: schema_of(one) for key, one in present.items()}}
    return {**schema, **({"required": needed} if needed else {}), **({"allOf": gone} if gone else {})}


def _is_absent(match: Any) -> bool:
    return isinstance(match, Mapping) and set(match) == {"absent"}


def _keywords(match: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(match) - set(_SCHEMAS)
    if unknown:
        raise ValueError(", ".join(sorted(unknown)))
    schemas = [_SCHEMAS[word](value) for word, value in match.items()]
    return schemas[0] if len(schemas) == 1 else {"allOf": schemas}


def _exactly(value: Any) -> dict[str, Any]:
    """Just this value. Some validators tell 1 from 1.0, so a whole number is written in both ways."""
    if isinstance(value, Mapping):
        properties = {key: _exactly(one) for key, one in value.items()}
        return {"type": "object", "properties": properties, "required": list(value), "additionalProperties": False}
    if isinstance(value, list):
        items = [_exactly(one) for one in value]
        return {
            "type": "array",
            **({"prefixItems": items} if items else {}),
            "minItems": len(items),
            "maxItems": len(items),
        }
    if isinstance(value, int | float) and not isinstance(value, bool) and value == int(value) and abs(value) < 2**53:
        return {"enum": [int(value), float(value)]}
    return {"const": value}


def _contains(value: Any) -> dict[str, Any]:
    item: dict[str, Any] = {"type": "array", "contains": schema_of(value)}
    return {"anyOf": [{"type": "string", "pattern": re.escape(value)}, item]} if isinstance(value, str) else item


def _length(value: Any) -> dict[str, Any]:
    limits = value if isinstance(value, Mapping) else {"min": value, "max": value}
    kinds = (("string", "Length"), ("array", "Items"), ("object", "Properties"))
    return {
        "anyOf": [
            {"type": kind, **{f"{end}{word}": limits[end] for end in ("min", "max") if end in limits}}
            for kind, word in kinds
        ]
    }


_SCHEMAS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "equals": _exactly,
    "type": lambda value: {"type": value},
    "regex": lambda value: {"type": "string", "pattern": value},
    "any": lambda _value: {},
    "absent": lambda _value: {"not": {}},
    "min": lambda value: {"type": "number", "minimum": value},
    "max": lambda value: {"type": "number", "maximum": value},
    "oneOf": lambda value: {"enum": value},
    "length": _length,
    "contains": _contains,
    "not": lambda value: {"not": schema_of(value)},
    "jsonSchema": lambda value: value if isinstance(value, dict) else {},
}
