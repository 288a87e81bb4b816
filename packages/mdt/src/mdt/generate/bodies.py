"""Writes a value as the body of a media type: JSON, XML, forms, multipart, events, lines, text, bytes."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from mdt.generate.xml_bodies import xml_text
from mdt.openapi import Content

BOUNDARY = "mdt-boundary"
_DEFAULTS = {"json": "application/json", "text": "text/plain; charset=utf-8", "sse": "text/event-stream"}
_JSON_NAMES = ("application/json", "text/json", "*/*", "application/*", "application/problem+json")
_LINES = ("application/jsonl", "application/x-ndjson", "application/ndjson", "application/x-jsonlines")
_SUFFIXES = {"xml": "xml", "html": "html", "csv": "csv", "yaml": "yaml", "javascript": "js"}


@dataclass(frozen=True, slots=True)
class Body:
    """`key` is that of an answer: json, text, base64 or sse. `content_type` is "" where the key's own is right."""

    key: str
    value: Any
    content_type: str = ""
    suffix: str = "txt"

    @property
    def bytes(self) -> bytes:
        """The body as a file."""
        if self.key == "json":
            return (json.dumps(self.value, ensure_ascii=False, indent=2) + "\n").encode()
        if self.key == "sse":
            return "".join(_event_text(one) for one in self.value).encode()
        return base64.b64decode(self.value) if self.key == "base64" else str(self.value).encode()


def _event_text(event: dict[str, Any]) -> str:
    """An event as the HTML standard writes it."""
    pairs = [
        ("" if name == "comment" else name, line) for name, one in event.items() for line in _as_text(one).splitlines()
    ]
    return "".join(f"{name}: {line}\n" for name, line in pairs) + "\n"


def is_json(media_type: str) -> bool:
    return media_type in _JSON_NAMES or media_type.endswith("+json") or media_type == ""


def rank(content: Content) -> int:
    """Which of several media types is answered: the lowest."""
    order: tuple[Callable[[str], bool], ...] = (
        is_json,
        lambda name: name == "text/event-stream" or name in _LINES,
        lambda name: name.endswith("xml"),
        lambda name: name.startswith("text/"),
    )
    return next((at for at, test in enumerate(order) if test(content.media_type)), len(order))


def is_stream(content: Content) -> bool:
    """Whether the body is a series of items: events, or lines of JSON."""
    return content.item_schema is not None


def body(content: Content, value: Any) -> Body:
    """The body for a valid value; of a stream the list of its items."""
    name = content.media_type
    make = next(make for test, make in _MAKERS if test(name))
    made = make(content, value)
    return made if made.content_type != _DEFAULTS.get(made.key) else Body(made.key, made.value, "", made.suffix)


def _json(content: Content, value: Any) -> Body:
    shown = content.media_type if "*" not in content.media_type and content.media_type else "application/json"
    return Body("json", value, shown, "json")


def _events(content: Content, value: Any) -> Body:
    items = value if isinstance(value, list) else [value]
    if content.item_schema is None and not isinstance(value, list):
        return Body("sse", [{"data": value}], "text/event-stream")
    return Body("sse", [_event(one) for one in items], "text/event-stream", "sse")


def _event(item: Any) -> dict[str, Any]:
    """An item that has the fields of an event is that event (OpenAPI 3.2); every other one is its data."""
    if isinstance(item, dict) and item and item.keys() <= {"data", "event", "id", "retry", "comment"}:
        return item
    return {"data": item}


def _lines(content: Content, value: Any) -> Body:
    items = value if isinstance(value, list) else [value]
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in items)
    return Body("text", lines, content.media_type, "jsonl")


def _sequence(content: Content, value: Any) -> Body:
    """JSON text sequences: each begins with a record separator (RFC 7464)."""
    items = value if isinstance(value, list) else [value]
    lines = "".join("\x1e" + json.dumps(one, ensure_ascii=False) + "\n" for one in items)
    return Body("base64", base64.b64encode(lines.encode()).decode(), content.media_type, "json-seq")


def _xml(content: Content, value: Any) -> Body:
    written = value if isinstance(value, str) and value.lstrip().startswith("<") else xml_text(content.schema, value)
    return Body("text", written, content.media_type, "xml")


def _form(content: Content, value: Any) -> Body:
    if not isinstance(value, dict):
        return Body("text", _as_text(value), content.media_type)
    pairs = [
        (name, _as_text(one))
        for name, items in value.items()
        for one in (items if isinstance(items, list) else [items])
    ]
    return Body("text", urlencode(pairs), content.media_type)


def _multipart(content: Content, value: Any) -> Body:
    parts = value.items() if isinstance(value, dict) else [("part", value)]
    lines: list[str] = []
    for name, one in parts:
        for item in one if isinstance(one, list) else [one]:
            kind = "application/json" if isinstance(item, dict | list) else "text/plain; charset=utf-8"
            shown = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
            head = f'Content-Disposition: form-data; name="{shown}"\r\nContent-Type: {kind}'
            lines.append(f"--{BOUNDARY}\r\n{head}\r\n\r\n{_as_text(item)}\r\n")
    written = "".join(lines) + f"--{BOUNDARY}--\r\n"
    shown_type = f"{content.media_type}; boundary={BOUNDARY}"
    return Body("base64", base64.b64encode(written.encode()).decode(), shown_type, "multipart")


def _text(content: Content, value: Any) -> Body:
    suffix = next((short for part, short in _SUFFIXES.items() if part in content.media_type), "txt")
    shown = content.media_type if "*" not in content.media_type else "text/plain"
    shown = "" if shown == "text/plain" else f"{shown}; charset=utf-8"
    return Body("text", _as_text(value), shown, suffix)


def _bytes(content: Content, value: Any) -> Body:
    shown = content.media_type if "*" not in content.media_type else "application/octet-stream"
    raw = _as_text(value).encode()
    return Body("base64", base64.b64encode(raw).decode(), shown, "bin")


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


_MAKERS: tuple[tuple[Callable[[str], bool], Callable[[Content, Any], Body]], ...] = (
    (is_json, _json),
    (lambda name: name == "text/event-stream", _events),
    (lambda name: name in _LINES, _lines),
    (lambda name: name.endswith("json-seq"), _sequence),
    (lambda name: name.endswith(("/xml", "+xml")), _xml),
    (lambda name: name == "application/x-www-form-urlencoded", _form),
    (lambda name: name.startswith("multipart/"), _multipart),
    (lambda name: name.startswith("text/") or "yaml" in name or "javascript" in name, _text),
    (lambda _name: True, _bytes),
)
