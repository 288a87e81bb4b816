"""Matchers of mdt as WireMock's."""

import json
from collections.abc import Mapping
from typing import Any

from mdt.formats.match_schema import schema_of


def text_pattern(matcher: Any) -> dict[str, Any]:
    """A matcher of a text. Raises ValueError for one that WireMock does not have."""
    if not isinstance(matcher, Mapping):
        if isinstance(matcher, list):
            raise ValueError(matcher)  # noqa: TRY004 - of the definition
        return {"equalTo": str(matcher).lower() if isinstance(matcher, bool) else str(matcher)}
    patterns = [_TEXTS[word](value) for word, value in matcher.items()]
    return patterns[0] if len(patterns) == 1 else {"and": patterns}


def _searched(pattern: str) -> dict[str, Any]:
    """WireMock asks for the whole text, mdt for a place in it."""
    return {"matches": f"(?s)(?:.*(?:{pattern}).*)"}


_TEXTS: dict[str, Any] = {
    "equals": text_pattern,
    "contains": lambda value: {"contains": value},
    "regex": _searched,
    "absent": lambda _value: {"absent": True},
    "any": lambda _value: {"matches": "(?s).*"},
    "not": lambda value: {"not": text_pattern(value)},
    "oneOf": lambda value: {"or": [text_pattern(one) for one in value]},
    "type": lambda value: {
        "matches": {
            "integer": r"[+-]?\d+",
            "number": r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?",
            "boolean": "true|false",
            "string": "(?s).*",
        }[value]
    },
}


def _json_pattern(value: Any) -> dict[str, Any]:
    return {"matchesJsonSchema": json.dumps(schema_of(value), ensure_ascii=False), "schemaVersion": "V202012"}


BODIES: dict[str, Any] = {
    "json": _json_pattern,
    "text": text_pattern,
    "xml": lambda value: {"equalToXml": value} if isinstance(value, str) else {"equalToXml": value["equals"]},
}
