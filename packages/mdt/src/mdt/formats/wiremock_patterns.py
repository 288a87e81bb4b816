"""WireMock's matchers of values and bodies as those of mdt."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from mdt.formats.draft import Draft
from mdt.formats.recorded import json_match
from mdt.language import _


def text_pattern(pattern: Mapping[str, Any]) -> Any:
    """The matcher for one value; None if mdt has none."""
    for word, read in _TEXTS.items():
        if word in pattern:
            return read(pattern)
    return None


def _equal(pattern: Mapping[str, Any]) -> Any:
    wanted = str(pattern["equalTo"])
    return {"regex": f"(?i)^{re.escape(wanted)}$"} if pattern.get("caseInsensitive") else wanted


def _not(pattern: Mapping[str, Any]) -> Any:
    inner = text_pattern(pattern["not"])
    return None if inner is None else {"not": inner}


_TEXTS: dict[str, Callable[[Mapping[str, Any]], Any]] = {  # WireMock's `matches` is about the whole text
    "absent": lambda pattern: {"absent": True} if pattern["absent"] else {"any": True},
    "equalTo": _equal,
    "contains": lambda pattern: {"contains": pattern["contains"]},
    "matches": lambda pattern: {"regex": f"^(?:{pattern['matches']})$"},
    "doesNotMatch": lambda pattern: {"not": {"regex": f"^(?:{pattern['doesNotMatch']})$"}},
    "doesNotContain": lambda pattern: {"not": {"contains": pattern["doesNotContain"]}},
    "not": _not,
}


def named(patterns: Mapping[str, Any], draft: Draft, where: str) -> dict[str, Any]:
    found = {}
    for name, pattern in patterns.items():
        matcher = text_pattern(pattern) if isinstance(pattern, Mapping) else str(pattern)
        if matcher is None:
            draft.lost(
                where, _("the matcher of {name!r} is not taken over: {matcher}", name=name, matcher=str(pattern)[:80])
            )
        else:
            found[name] = matcher
    return found


def body_patterns(patterns: list[Mapping[str, Any]], draft: Draft, where: str) -> dict[str, Any]:
    """The parts of a match. Of two patterns that need the same place, the second is told and left out."""
    match: dict[str, Any] = {}
    for pattern in patterns:
        part = _part(pattern)
        if part is None or not _merged(match, part):
            draft.lost(
                where,
                _(
                    "the body's matcher is not taken over: {matcher}",
                    matcher=json.dumps(pattern, ensure_ascii=False)[:120],
                ),
            )
    return match


def _merged(match: dict[str, Any], part: dict[str, Any]) -> bool:
    for key, value in part.items():
        if key not in match:
            match[key] = value
        elif isinstance(match[key], dict) and isinstance(value, dict) and not _clash(match[key], value):
            match[key] = {**match[key], **value, **_paths(match[key], value)}
        else:
            return False
    return True


def _clash(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(one.keys() & other.keys() - {"jsonPath"}) or not (one.keys() | other.keys()) <= {
        "jsonPath",
        "equals",
        "jsonSchema",
        "contains",
        "regex",
    }


def _paths(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = [given["jsonPath"] for given in (one, other) if "jsonPath" in given]
    return {"jsonPath": {key: value for given in both for key, value in given.items()}} if both else {}


def _part(pattern: Mapping[str, Any]) -> dict[str, Any] | None:
    for word, read in _BODIES.items():
        if word in pattern:
            found: dict[str, Any] | None = read(pattern)
            return found
    matcher = text_pattern(pattern)
    return None if matcher is None else {"text": {"equals": ""} if matcher == {"absent": True} else matcher}


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _equal_to_json(pattern: Mapping[str, Any]) -> dict[str, Any] | None:
    wanted = _json(pattern["equalToJson"])
    if "${json-unit" in json.dumps(wanted):
        return None
    if pattern.get("ignoreArrayOrder"):
        return {"json": {"unordered": wanted}} if isinstance(wanted, list) else None
    if not pattern.get("ignoreExtraElements"):
        return {"json": {"equals": wanted}}
    return {"json": json_match(wanted)}


def _json_path(pattern: Mapping[str, Any]) -> dict[str, Any] | None:
    wanted = pattern["matchesJsonPath"]
    if isinstance(wanted, str):
        return {"json": {"jsonPath": {wanted: {"any": True}}}}
    expression = wanted["expression"]
    if "equalToJson" in wanted:
        return {"json": {"jsonPath": {expression: {"equals": _json(wanted["equalToJson"])}}}}
    matcher = text_pattern({key: value for key, value in wanted.items() if key != "expression"})
    if isinstance(matcher, str):
        matcher = {"oneOf": [matcher, *_also(matcher)]}
    return None if matcher is None else {"json": {"jsonPath": {expression: matcher}}}


def _also(text: str) -> list[Any]:
    """WireMock compares as text: "7" is also the number 7."""
    try:
        value = json.loads(text)
    except ValueError:
        return []
    return [value] if isinstance(value, int | float) else []


def _xpath(pattern: Mapping[str, Any]) -> dict[str, Any] | None:
    wanted = pattern["matchesXPath"]
    spaces = {"namespaces": pattern["xPathNamespaces"]} if "xPathNamespaces" in pattern else {}
    if isinstance(wanted, str):
        return {"xml": {"xpath": wanted, **spaces}}
    matcher = text_pattern({key: value for key, value in wanted.items() if key != "expression"})
    return None if matcher is None else {"xml": {"xpath": {wanted["expression"]: matcher}, **spaces}}


_BODIES: dict[str, Any] = {
    "equalToJson": _equal_to_json,
    "matchesJsonPath": _json_path,
    "matchesJsonSchema": lambda pattern: {"json": {"jsonSchema": _json(pattern["matchesJsonSchema"])}},
    "equalToXml": lambda pattern: {"xml": pattern["equalToXml"]},
    "matchesXPath": _xpath,
}
