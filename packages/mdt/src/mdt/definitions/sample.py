"""Makes an example request that a route's `match` accepts: for `mdt mock debug`, and to check answers against a contract."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from mdt.definitions.matcher_compiler import ALL_KEYWORDS
from mdt.engine.catalog import Route
from mdt.engine.matcher_keywords import as_text
from mdt.engine.messages import MISSING, Request
from mdt.engine.routes import ANY, encoded

_PARAMETER = re.compile(r"\{(\w+)(?::path)?\}")
TYPED: dict[str, Any] = {
    "string": "text",
    "integer": 1,
    "number": 1.5,
    "boolean": True,
    "object": {},
    "array": [],
    "null": None,
}


@dataclass(slots=True)
class Sent:
    """The request of a client."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def target(self) -> str:
        return self.path + (f"?{self.query}" if self.query else "")

    def to(self, base: str, host: str) -> Request:
        url = base + encoded(self.path) + (f"?{self.query}" if self.query else "")
        return Request(self.method, url, host, self.path, self.query, self.headers, self.body)


def sample(route: Route, demands: Any, shared: Mapping[str, Any]) -> Sent | None:
    """An example; None if none can be made, for instance because of a pattern.

    A path parameter gets a value that rows of shared data have under its name, because the answer may look it up there.
    """
    method = "GET" if route.method == ANY else route.method
    made = Sent(method, _PARAMETER.sub(lambda found: _known(found[1], shared), route.template))
    _fill(made, demands if isinstance(demands, Mapping) else {})
    return made if route.match.matches(made.to("", "")) else None


def _known(name: str, shared: Mapping[str, Any]) -> str:
    rows = (row for data in shared.values() for row in (data if isinstance(data, list) else [data]))
    values = (row[name] for row in rows if isinstance(row, Mapping) and isinstance(row.get(name), str | int))
    return str(next(values, name))


def _fill(made: Sent, demands: Mapping[str, Any]) -> None:
    headers = _texts(demands.get("headers", {}))
    made.query = urlencode(_texts(demands.get("query", {})))
    if cookies := _texts(demands.get("cookies", {})):
        headers["cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    if basic := _texts(demands.get("basicAuth", {})):
        pair = f"{basic.get('user', 'user')}:{basic.get('password', 'password')}"
        headers["authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    if part := next((one for one in BODIES if one in demands), None):
        kind, write = BODIES[part]
        made.body = write(demands[part])
        if kind:
            headers.setdefault("content-type", kind)
    made.headers = {name.lower(): value for name, value in headers.items()}


def _as_json(wanted: Any) -> bytes:
    return json.dumps(value_for(wanted), ensure_ascii=False).encode()


def _as_graphql(wanted: Any) -> bytes:
    """A document with the wanted operation and fields."""
    keys = {"operation": wanted} if isinstance(wanted, str) else wanted
    name, kind = value_for(keys.get("operation", "")), value_for(keys.get("type", "query"))
    fields = value_for(keys.get("fields", ["__typename"]))
    document = keys.get("query", f"{kind} {name} {{ {' '.join(fields if isinstance(fields, list) else [fields])} }}")
    return json.dumps({"query": document, "variables": value_for(keys.get("variables", {}))}).encode()


def _as_xml(wanted: Any) -> bytes:
    return str(wanted["equals"] if isinstance(wanted, Mapping) and "equals" in wanted else wanted).encode()


BODIES: dict[str, tuple[str, Callable[[Any], bytes]]] = {  # content type, and how to write what a `match` demands
    "json": ("application/json", _as_json),
    "graphql": ("application/json", _as_graphql),
    "xml": ("application/xml", _as_xml),
    "form": ("application/x-www-form-urlencoded", lambda wanted: urlencode(_texts(wanted)).encode()),
    "text": ("", lambda wanted: str(as_text(value_for(wanted))).encode()),
}


def _texts(wanted: Mapping[str, Any]) -> dict[str, str]:
    values = {name: value_for(value) for name, value in wanted.items()}
    return {name: str(as_text(value)) for name, value in values.items() if value is not MISSING}


def value_for(wanted: Any) -> Any:
    """A value that the matcher probably accepts; MISSING if it must be absent."""
    if isinstance(wanted, list):
        return [value_for(item) for item in wanted]
    if not isinstance(wanted, Mapping):
        return wanted
    if wanted and set(wanted) <= set(ALL_KEYWORDS):
        return _from_keywords(wanted)
    values = {key: value_for(value) for key, value in wanted.items()}
    return {key: value for key, value in values.items() if value is not MISSING}


def _from_keywords(words: Mapping[str, Any]) -> Any:
    """A value by the first keyword that the table has a rule for."""
    return next((make(words) for word, make in KEYWORDS.items() if word in words), "text")


def _typed(words: Mapping[str, Any]) -> Any:
    kind = words["type"][0] if isinstance(words["type"], list) else words["type"]
    if kind in {"integer", "number"} and ("min" in words or "max" in words):
        return words["min"] if "min" in words else words["max"]
    if kind == "string" and "length" in words:
        return _long(words)
    return TYPED.get(kind, "text")


def _long(words: Mapping[str, Any]) -> str:
    limits = words["length"]
    length = limits.get("min", min(1, limits.get("max", 1))) if isinstance(limits, Mapping) else limits
    return "x" * int(length)


def _containing(words: Mapping[str, Any]) -> Any:
    inner = value_for(words["contains"])
    return [inner] if words.get("type") == "array" or not isinstance(inner, str) else inner


KEYWORDS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "equals": lambda words: words["equals"],
    "oneOf": lambda words: words["oneOf"][0],
    "absent": lambda _: MISSING,
    "unordered": lambda words: [value_for(item) for item in words["unordered"]],
    "contains": _containing,
    "type": _typed,
    "min": lambda words: words["min"],
    "max": lambda words: words["max"],
    "length": _long,
}
