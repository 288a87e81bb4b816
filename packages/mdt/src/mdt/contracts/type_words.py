"""The schemas of the short form's values: type words, and examples, whose type counts."""

import re
from collections.abc import Callable, Mapping
from typing import Any

TYPES = ("string", "integer", "number", "boolean", "object", "array", "null")
OTHER_WORDS: Mapping[str, dict[str, Any]] = {
    "any": {},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "text": {"type": "string"},
    "list": {"type": "array"},
    **{
        name: {"type": "string", "format": name}
        for name in ("date", "time", "date-time", "uuid", "email", "uri", "ipv4")
    },
    "datetime": {"type": "string", "format": "date-time"},
}
_WORD = re.compile(r"(?P<words>[a-z][a-z0-9|-]*)(?P<list>(\[\])*)(?P<optional>\??)")


def schema_of(value: Any) -> dict[str, Any]:
    """The schema of a type word or an example."""
    return next(make(value) for kind, make in _KINDS if isinstance(value, kind))


def _object(value: Mapping[str, Any]) -> dict[str, Any]:
    required = [bare(name) for name, one in value.items() if not is_optional(name, one)]
    properties = {bare(name): schema_of(one) for name, one in value.items()}
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def bare(name: str) -> str:
    return str(name).removesuffix("?")


def is_optional(name: str, value: Any) -> bool:
    """`"note?": …` and `"note": "string?"` mean the same."""
    return str(name).endswith("?") or (isinstance(value, str) and value.endswith("?") and _word(value) is not None)


def _array(value: list[Any]) -> dict[str, Any]:
    return {"type": "array", **({"items": schema_of(value[0])} if value else {})}


def _word_or_example(value: str) -> dict[str, Any]:
    return _word(value) or ({} if value.removesuffix("?") == "any" else {"type": "string", "examples": [value]})


def _word(value: str) -> dict[str, Any] | None:
    """The schema of a type word; None for a text that is an example."""
    found = _WORD.fullmatch(value)
    words = found["words"].split("|") if found else []
    if not found or not all(word in TYPES or word in OTHER_WORDS for word in words):
        return None
    schemas = [{"type": word} if word in TYPES else OTHER_WORDS[word] for word in words]
    schema = schemas[0] if len(schemas) == 1 else _either(schemas)
    for _level in range(len(found["list"]) // 2):
        schema = {"type": "array", "items": schema}
    return dict(schema)


def _either(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    if all(set(one) == {"type"} for one in schemas):
        return {"type": [one["type"] for one in schemas]}
    return {"anyOf": schemas}


def _example(kind: str) -> Callable[[Any], dict[str, Any]]:
    return lambda value: {"type": kind, "examples": [value]}


_KINDS: tuple[tuple[type, Callable[[Any], dict[str, Any]]], ...] = (
    (Mapping, _object),
    (list, _array),
    (str, _word_or_example),
    (bool, _example("boolean")),
    (int, _example("number")),
    (float, _example("number")),
    (object, lambda _value: {}),
)
