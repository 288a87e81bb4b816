"""Matching rules of Pact: which one is for a place of a body, and the matcher of one value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r"\.([\w-]+|\*)|\[(\d+|\*)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")

type Segments = tuple[str, ...]


def segments(path: str) -> Segments:
    """("animals", "*", "name") of "$.animals[*].name"."""
    return tuple(next(group for group in found.groups() if group is not None) for found in _TOKEN.finditer(path))


@dataclass(frozen=True, slots=True)
class Rule:
    path: Segments
    matchers: tuple[Mapping[str, Any], ...]
    combine: str = "AND"

    def weight(self, place: Segments) -> int:
        """How well the rule is for the place (Pact specification 2, "Matcher paths and weightings"); 0 if it is not."""
        if len(self.path) > len(place):
            return 0
        product = 2
        for mine, theirs in zip(self.path, place, strict=False):
            product *= 2 if mine == theirs else 1 if mine == "*" else 0
        return product * (len(self.path) + 1)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of one message by part: "body", "header", "query", "path"."""

    parts: Mapping[str, tuple[Rule, ...]]

    @classmethod
    def of(cls, written: Mapping[str, Any] | None) -> "Rules":
        """From version 2 ({"$.body.a": {"match": …}}) and version 3 and 4 ({"body": {"$.a": {"matchers": […]}}})."""
        found: dict[str, list[Rule]] = {}
        for key, value in (written or {}).items():
            if key.startswith("$"):
                name = re.split(r"[.\[]", key.removeprefix("$."))[0]
                rest = key.removeprefix(f"$.{name}")
                found.setdefault({"headers": "header"}.get(name, name), []).append(Rule(segments(rest), (value,)))
            elif "matchers" in value:
                found.setdefault(key, []).append(_rule((), value))
            else:
                found.setdefault(key, []).extend(_rule(_names(key, path), one) for path, one in value.items())
        return cls({part: tuple(rules) for part, rules in found.items()})

    def of_part(self, part: str) -> tuple[Rule, ...]:
        return self.parts.get(part, ())

    def of_name(self, part: str, name: str) -> list[Mapping[str, Any]]:
        """The matchers of a header or a query parameter."""
        fold = str.lower if part == "header" else str
        rules = [rule for rule in self.of_part(part) if rule.path and fold(rule.path[0]) == fold(name)]
        return [matcher for rule in rules for matcher in rule.matchers]

    def best(self, place: Segments) -> Rule | None:
        """The rule of a place in the body: its own, or the nearest one above it."""
        weighed = [(rule.weight(place), len(rule.path), rule) for rule in self.of_part("body")]
        best = max(weighed, key=lambda one: one[:2], default=None)
        return best[2] if best and best[0] else None

    def exactly(self, place: Segments) -> Rule | None:
        """The rule that was written for this very place."""
        found = self.best(place)
        return found if found and len(found.path) == len(place) else None


def _names(part: str, path: str) -> Segments:
    return segments(path) if part == "body" or path.startswith("$") else (path,)


def _rule(path: Segments, value: Mapping[str, Any]) -> Rule:
    return Rule(path, tuple(value["matchers"]), value.get("combine", "AND"))


TYPES: dict[str, Any] = {
    "integer": "integer",
    "decimal": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}


def kind_of(matcher: Mapping[str, Any]) -> str:
    """The kind of a matcher; version 2 leaves it out beside regex, min and max."""
    return str(
        matcher.get("match")
        or ("regex" if "regex" in matcher else "type" if {"min", "max"} & matcher.keys() else "equality")
    )


def type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    names = {str: "string", int: "number", float: "number", list: "array", dict: "object"}
    return names.get(type(value), "null")


def value_matcher(value: Any, matchers: list[Mapping[str, Any]], *, text: bool) -> Any:
    """The matcher of mdt for one value, in a header or the query (`text`)."""
    found: Any = value
    for matcher in matchers:
        kind = kind_of(matcher)
        if kind == "regex":
            found = {"regex": f"^(?:{matcher['regex']})$"}
        elif kind == "include":
            found = {"contains": matcher["value"]}
        elif kind in TYPES:
            found = {"type": TYPES[kind]}
        elif kind == "type":
            found = {"any": True} if text else {"type": type_of(value)}
    return found
