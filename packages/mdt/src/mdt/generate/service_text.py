"""Writes scenarios as the text of a service file, block by block, and bodies that are large as files beside it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mdt.generate.bodies import Body
from mdt.generate.names import RANGES
from mdt.generate.scenarios import Scenario

INLINE = 160  # characters of a body that stands in the service file
BODIES = "bodies"
_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9 _./-]*(?<! )")
_WORDS = ("true", "false", "null", "yes", "no", "on", "off", "~")
_NOT_YAML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_ASKED = re.compile(r"[A-Za-z0-9_.-]+")  # what a Prefer header can name
_DEEPEST = 12


@dataclass(slots=True)
class RouteText:
    """A route of the file: its key, its own lines, and the text of each scenario with the value that is compared."""

    key: str
    head: dict[str, Any]
    blocks: dict[str, dict[str, Any]] = field(default_factory=dict)


def scalar(value: Any) -> str:
    """A value in YAML's flow style, on one line."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(name)}: {scalar(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(scalar, value)) + "]"
    return _NOT_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name) and name.lower() not in _WORDS else json.dumps(name)


def answer(scenario: Scenario, file: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The keys of an answer, and its files by name. `file` is the beginning of their names."""
    if scenario.fault:
        return {"fault": scenario.fault, "description": "not declared in the document"}, {}
    keys: dict[str, Any] = {} if scenario.status == 200 else {"status": scenario.status}
    if prefer := _prefer(scenario):
        keys["prefer"] = prefer
    headers = dict(scenario.headers)
    files: dict[str, bytes] = {}
    if scenario.body is not None:
        found, files = _body(scenario.body, file)
        if scenario.body.content_type or (files and scenario.body.key != "json"):
            headers = {"content-type": _type(scenario.body), **headers}
        keys |= ({"headers": headers} if headers else {}) | found
    elif headers:
        keys["headers"] = headers
    return keys, files


def _prefer(scenario: Scenario) -> dict[str, str]:
    """What a Prefer header may call it, beside its name and status."""
    example = {"example": scenario.example} if _ASKED.fullmatch(scenario.example) else {}
    return example | ({"code": scenario.declared} if scenario.declared in RANGES else {})


def _type(body: Body) -> str:
    usual = {"text": "text/plain; charset=utf-8", "base64": "application/octet-stream", "sse": "text/event-stream"}
    return body.content_type or usual.get(body.key, "application/json")


def _body(body: Body, file: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    if _is_small(body.value) if body.key == "json" else _fits_inline(body):
        return {body.key: body.value}, {}
    name = f"{BODIES}/{file}.{body.suffix}"
    return {"file": name}, {name: body.bytes}


def _fits_inline(body: Body) -> bool:
    text = json.dumps(body.value, ensure_ascii=False)
    return not _is_template(text) and (body.key == "sse" or len(text) <= INLINE)


def _is_small(value: Any) -> bool:
    text = json.dumps(value, ensure_ascii=False)
    return len(text) <= INLINE and not _is_template(text) and _depth(value) <= _DEEPEST


def _is_template(text: str) -> bool:
    return "{{" in text or "{%" in text or "{#" in text


def _depth(value: Any) -> int:
    if isinstance(value, dict | list):
        return 1 + max((_depth(one) for one in (value.values() if isinstance(value, dict) else value)), default=0)
    return 0


def head_lines(route: RouteText) -> Iterator[str]:
    yield f"  {_route_key(route.key)}:"
    for key, value in route.head.items():
        yield f"    {key}: {scalar(value)}"


def _route_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Z]+ /[A-Za-z0-9_{}./~-]*", key) else json.dumps(key, ensure_ascii=False)


def block_lines(name: str, value: Mapping[str, Any]) -> list[str]:
    if "sse" in value:
        return _event_lines(name, value)
    return [f"    {name}: {scalar(value)}"]


def _event_lines(name: str, value: Mapping[str, Any]) -> list[str]:
    """Events stand one below the other."""
    rest = [f"      {key}: {scalar(one)}" for key, one in value.items() if key != "sse"]
    return [f"    {name}:", *rest, "      sse:", *(f"        - {scalar(event)}" for event in value["sse"])]
