"""The keywords of a schema: what kind of value each holds, in a table, and how a value of another kind is put right or dropped."""

import math
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from mdt.openapi.numbers import plain

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
SUBSCHEMA = (
    *("not", "if", "then", "else", "contains", "propertyNames", "additionalProperties", "items"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
SUBSCHEMAS = ("allOf", "anyOf", "oneOf", "prefixItems")
NAMED_SUBSCHEMAS = ("properties", "patternProperties", "dependentSchemas")
WRONG = object()  # no value can be made of it


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return WRONG
    if isinstance(value, int | float):
        return plain(value)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return WRONG
    if not math.isfinite(number):
        return WRONG
    return int(number) if number.is_integer() else number


def _factor(value: Any) -> Any:
    number = _number(value)
    return number if number is not WRONG and number > 0 else WRONG


def _count(value: Any) -> Any:
    number = _number(value)
    if number is WRONG or number < 0 or number != int(number):
        return WRONG
    return int(number)


def _text(value: Any) -> Any:
    return value if isinstance(value, str) else WRONG


def _flag(value: Any) -> Any:
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return value if isinstance(value, bool) else WRONG


def _names(value: Any) -> Any:
    if not isinstance(value, list):
        return WRONG
    return list(dict.fromkeys(name for name in value if isinstance(name, str)))


def _regex(value: Any) -> Any:
    return value if isinstance(value, str) and usable_pattern(value) else WRONG


def _dependencies(value: Any) -> Any:
    if not isinstance(value, dict):
        return WRONG
    return {name: _names(names) for name, names in value.items() if isinstance(names, list)}


def _mapping(value: Any) -> Any:
    return plain(value) if isinstance(value, dict) else WRONG


VALUES: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _number),
    **dict.fromkeys(
        (
            *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
            *("minContains", "maxContains"),
        ),
        _count,
    ),
    **dict.fromkeys(("format", "title", "description", "contentEncoding", "contentMediaType"), _text),
    **dict.fromkeys(("uniqueItems", "readOnly", "writeOnly", "deprecated"), _flag),
    "multipleOf": _factor,
    "pattern": _regex,
    "required": _names,
    "dependentRequired": _dependencies,
    "xml": _mapping,
}


@cache
def usable_pattern(pattern: str) -> bool:
    """Whether the validator reads the pattern."""
    import jsonschema_rs

    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except ValueError:
        return False
    return True


def types_of(value: Any) -> list[str] | object:
    """The types of a `type` keyword that JSON Schema knows, or WRONG."""
    given = value if isinstance(value, list) else [value]
    known = [one for one in given if isinstance(one, str) and one in TYPES]
    return list(dict.fromkeys(known)) if known and len(known) == len(given) else WRONG
