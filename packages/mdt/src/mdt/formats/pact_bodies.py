"""The body of a Pact interaction as a match: equal to the example without rules, else a JSON Schema that says the rules."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from mdt.formats.pact_rules import TYPES, Rule, Rules, Segments, kind_of, type_of
from mdt.language import Words, _

type Lost = Callable[[Words], None]


def body_match(side: Mapping[str, Any], rules: Rules, *, strict: bool, lost: Lost) -> dict[str, Any]:
    """`strict`: objects have no other keys, as in requests."""
    if "body" not in side:
        return {}
    body = side["body"]
    if body is None or body == "":
        return {"text": {"oneOf": ["", "null"]}} if body is None else {"text": {"equals": ""}}
    if isinstance(body, str) and "json" not in _content_type(side):
        return _text(body, side, rules, lost)
    if not rules.of_part("body") and strict:
        return {"json": {"equals": body}}
    return {"json": {"jsonSchema": Schema(rules, lost, strict=strict).of(body, ())}}


def _content_type(side: Mapping[str, Any]) -> str:
    headers = side.get("headers") or {}
    return str(next((value for name, value in headers.items() if name.lower() == "content-type"), "application/json"))


def _text(body: str, side: Mapping[str, Any], rules: Rules, lost: Lost) -> dict[str, Any]:
    if "xml" in _content_type(side):
        if rules.of_part("body"):
            lost(_("rules for an XML body are not taken over: it is compared with the example"))
        return {"xml": body}
    rule = rules.best(())
    patterns = [one["regex"] for one in rule.matchers if kind_of(one) == "regex"] if rule else []
    if patterns:
        return {"text": {"regex": f"^(?:{patterns[0]})$"}}
    return {"text": {"any": True} if rule else body}


class Schema:
    """Makes the JSON Schema (2020-12) of an example with rules."""

    def __init__(self, rules: Rules, lost: Lost, *, strict: bool) -> None:
        self._rules = rules
        self._lost = lost
        self._strict = strict

    def of(self, value: Any, place: Segments) -> dict[str, Any]:
        rule = self._rules.best(place)
        if isinstance(value, Mapping):
            return self._object(value, place, rule)
        if isinstance(value, list):
            return self._array(value, place, rule)
        return self._scalar(value, rule)

    def _object(self, value: Mapping[str, Any], place: Segments, rule: Rule | None) -> dict[str, Any]:
        own = self._rules.exactly(place)
        if own and (special := self._special(own, value, place)) is not None:
            return special
        properties = {key: self.of(one, (*place, key)) for key, one in value.items()}
        wild = self._rules.exactly((*place, "*"))
        if (
            wild
            and wild.path[-1:] == ("*",)
            and value
            and len(value) == 1
            and isinstance(next(iter(value.values())), Mapping)
        ):
            return {"type": "object", "additionalProperties": next(iter(properties.values()))}
        schema: dict[str, Any] = {"type": "object", "properties": properties, "required": list(value)}
        return {**schema, "additionalProperties": False} if self._strict and not wild else schema

    def _special(self, rule: Rule, value: Mapping[str, Any], place: Segments) -> dict[str, Any] | None:
        """For rules about the keys of an object (version 3 and 4)."""
        kinds = {kind_of(one) for one in rule.matchers}
        if kinds & {"values", "eachValue", "eachKey"}:
            example = next(iter(value.values()), None)
            return {"type": "object", "additionalProperties": self.of(example, (*place, "*")) if value else {}}
        return None

    def _array(self, value: list[Any], place: Segments, rule: Rule | None) -> dict[str, Any]:
        own = self._rules.exactly(place)
        kinds = {kind_of(one) for one in own.matchers} if own else set()
        if own and "arrayContains" in kinds:
            return self._contains(value, place, own)
        if rule and any(kind_of(one) in ("type", "min", "max", "eachValue") for one in rule.matchers):
            return {**self._alike(value, place), **self._sizes(own)}
        items = [self.of(one, (*place, str(number))) for number, one in enumerate(value)]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}

    def _alike(self, value: list[Any], place: Segments) -> dict[str, Any]:
        """Each item fits one of the examples; for an index with a rule of its own, that."""
        if not value:
            return {"type": "array"}
        items = [self.of(one, (*place, str(number))) for number, one in enumerate(value)]
        return {"type": "array", "prefixItems": items, "items": items[0], "minItems": 1 if len(items) == 1 else 0}

    def _sizes(self, rule: Rule | None) -> dict[str, Any]:
        sizes: dict[str, Any] = {}
        for matcher in rule.matchers if rule else ():
            sizes |= {
                ours: matcher[word] for word, ours in (("min", "minItems"), ("max", "maxItems")) if word in matcher
            }
        return sizes

    def _contains(self, value: list[Any], place: Segments, rule: Rule) -> dict[str, Any]:
        schemas = [self.of(one, (*place, "*")) for one in value]
        return {"type": "array", "allOf": [{"contains": schema} for schema in schemas]}

    def _scalar(self, value: Any, rule: Rule | None) -> dict[str, Any]:
        if rule is None:
            return {"const": value}
        schemas = [self._matcher(one, value) for one in rule.matchers]
        return schemas[0] if len(schemas) == 1 else {"anyOf" if rule.combine == "OR" else "allOf": schemas}

    def _matcher(self, matcher: Mapping[str, Any], value: Any) -> dict[str, Any]:
        kind = kind_of(matcher)
        if kind in TYPES:
            return {"type": TYPES[kind]}
        make = _SCALARS.get(kind)
        if make is None:
            self._lost(_("the rule {kind!r} is taken as one for the type", kind=kind))
            return {"type": type_of(value)}
        return make(matcher, value)


def _regex(matcher: Mapping[str, Any], value: Any) -> dict[str, Any]:
    """The whole value; a number as it is written."""
    pattern = f"^(?:{matcher['regex']})$"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"anyOf": [{"type": "string", "pattern": pattern}, {"type": "number"}]}
    return {"type": "string", "pattern": pattern}


_SCALARS: dict[str, Callable[[Mapping[str, Any], Any], dict[str, Any]]] = {
    "equality": lambda _matcher, value: {"const": value},
    "type": lambda _matcher, value: {"type": type_of(value)},
    "regex": _regex,
    "include": lambda matcher, _value: {"type": "string", "pattern": re.escape(str(matcher["value"]))},
    "date": lambda _matcher, _value: {"type": "string", "minLength": 1},
    "time": lambda _matcher, _value: {"type": "string", "minLength": 1},
    "timestamp": lambda _matcher, _value: {"type": "string", "minLength": 1},
    "datetime": lambda _matcher, _value: {"type": "string", "minLength": 1},
    "notEmpty": lambda _matcher, value: {"type": type_of(value), "minLength": 1},
    "semver": lambda _matcher, _value: {"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
}
