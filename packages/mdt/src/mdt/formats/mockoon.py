"""Mockoon environments (packages/commons/src/models of mockoon/mockoon): routes, answers, and the rules that choose them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mdt.formats.draft import Draft, literal
from mdt.formats.paths import from_express
from mdt.language import _

_TARGETS = {"query": "query", "header": "headers", "cookie": "cookies"}


def is_mockoon(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("routes"), list) and "endpointPrefix" in document


def read(document: Mapping[str, Any], draft: Draft, path: Path) -> None:
    draft.title = draft.title or str(document.get("name", ""))
    for key in ("callbacks", "proxyMode"):
        if document.get(key):
            draft.lost(path.name, _("{key} is not taken over", key=key))
    buckets = {one.get("id") or one.get("uuid"): one for one in document.get("data") or ()}
    common = [one for one in document.get("headers") or () if one.get("key")]
    for route in document["routes"]:
        where = f"{path.name} {str(route.get('method', '')).upper()} /{route.get('endpoint', '')}"
        if route.get("type", "http") != "http":
            draft.lost(where, _("a route of the type {kind} is left out", kind=route["type"]))
            continue
        template = from_express(
            "/".join(filter(None, [document.get("endpointPrefix", "").strip("/"), route["endpoint"].lstrip("/")]))
        )
        _Route(draft, where, path, buckets, common, latency=document.get("latency") or 0).add(route, template)


class _Route:
    def __init__(
        self, draft: Draft, where: str, path: Path, buckets: Mapping[Any, Any], common: list[Any], *, latency: int
    ) -> None:
        self._draft = draft
        self._where = where
        self._path = path
        self._buckets = buckets
        self._common = common
        self._latency = latency

    def add(self, route: Mapping[str, Any], template: str) -> None:
        method = {"ALL": "ANY"}.get(route["method"].upper(), route["method"].upper())
        responses = sorted(route.get("responses") or (), key=lambda one: not one.get("default"))
        mode = route.get("responseMode")
        if mode == "RANDOM":
            self._draft.lost(self._where, _("answers at random are not taken over: the default one is answered"))
        for response in responses:
            match = self._match(response) if mode in (None, "") else {}
            answer = self._answer(response)
            name = str(response.get("label") or "")
            self._draft.add(
                method, template, answer, where=self._where, match=match, name=name, in_turn=mode == "SEQUENTIAL"
            )

    def _match(self, response: Mapping[str, Any]) -> dict[str, Any]:
        """The rules as a match; what mdt cannot ask is told, and then the answer is a scenario to be selected."""
        rules = response.get("rules") or ()
        match: dict[str, Any] = {}
        for rule in rules:
            part = None if response.get("rulesOperator") == "OR" and len(rules) > 1 else _rule(rule)
            if part is None:
                self._draft.lost(
                    self._where,
                    _(
                        "the rule is not taken over; select its scenario: {rule}",
                        rule=json.dumps(rule, ensure_ascii=False)[:120],
                    ),
                )
                return {}
            for key, value in part.items():
                match[key] = {**match.get(key, {}), **value}
        return match

    def _answer(self, response: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = {"status": response.get("statusCode") or 200}
        headers = {
            one["key"]: self._text(one["value"])
            for one in [*self._common, *(response.get("headers") or ())]
            if one.get("key")
        }
        wait = (response.get("latency") or 0) + self._latency
        timing = {"latency": f"{wait}ms"} if wait else {}
        body = self._body(response, headers) if answer["status"] not in (204, 205, 304) else {}
        return {**answer, **({"headers": headers} if headers else {}), **body, **timing}

    def _body(self, response: Mapping[str, Any], headers: Mapping[str, str]) -> dict[str, Any]:
        kind = response.get("bodyType", "INLINE")
        if kind == "FILE":
            self._draft.lost(
                self._where, _("the file {name} is not taken over; write `file:`", name=response.get("filePath"))
            )
            return {}
        text = response.get("body") or ""
        if kind == "DATABUCKET":
            text = (self._buckets.get(response.get("databucketID")) or {}).get("value", "")
        as_json = any(name.lower() == "content-type" and "json" in value for name, value in headers.items()) or text[
            :1
        ] in ("{", "[")
        if as_json and text:
            try:
                return {"json": self._templated(json.loads(text))}
            except ValueError:
                pass
        return {"text": self._text(text)} if text else {}

    def _templated(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self._templated(one) for key, one in value.items()}
        if isinstance(value, list):
            return [self._templated(one) for one in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        if "{{" in text:
            self._draft.lost(self._where, _("the template {text} stays as text", text=text[:80]))
        return str(literal(text))


def _rule(rule: Mapping[str, Any]) -> dict[str, dict[str, Any]] | None:
    """The part of a match that asks the same; None if there is none."""
    matcher = _matcher(rule)
    name = str(rule.get("modifier") or "")
    if matcher is None or not name:
        return None
    if rule.get("target") in _TARGETS:
        return {_TARGETS[rule["target"]]: {name: matcher}}
    if rule.get("target") == "body" and name.replace(".", "").replace("_", "").isalnum() and not name.startswith("$"):
        inner: Any = matcher
        for key in reversed(name.split(".")):
            inner = {key: inner}
        return {"json": inner}
    return None


def _matcher(rule: Mapping[str, Any]) -> Any:
    value = str(rule.get("value") or "")
    operator = rule.get("operator", "equals")
    found = {"equals": value, "regex": {"regex": value}, "null": {"absent": True}}.get(operator)
    if operator == "equals" and rule.get("target") == "body":
        found = {"oneOf": [value, *_number(value)]}
    return {"not": found} if rule.get("invert") and found is not None else found


def _number(text: str) -> list[Any]:
    try:
        value = json.loads(text)
    except ValueError:
        return []
    return [value] if isinstance(value, int | float | bool) else []
