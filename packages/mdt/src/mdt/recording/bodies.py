"""Bodies of recorded calls: from the bytes that were sent to the mapping in the file, and back."""

import base64
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import parse_qs, urlencode

from mdt.engine.content import ContentError, charset, decoded
from mdt.engine.messages import Chunk
from mdt.recording.model import Body

BOUNDARY = "mdt-recorded-part"
_UNSAFE = frozenset(chr(code) for code in [*range(9), 11, 12, *range(14, 32), 127])  # YAML and people read text


class _InexactError(ValueError):
    """Reading and writing the JSON again would change it."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _InexactError
    return found


def _exact(text: str) -> float:
    number = float(text)
    if len(text.strip("-0.").replace(".", "")) > 15 or number in (float("inf"), float("-inf")):
        raise _InexactError
    return number


def _refused(_name: str) -> Any:
    raise _InexactError


def parsed_json(text: str) -> Any:
    """The JSON value. Raises ValueError, also where a key comes twice or a number has more digits than a float."""
    return json.loads(text, object_pairs_hook=_object, parse_float=_exact, parse_constant=_refused)


def body_of(data: bytes, content_type: str, encoding: str = "", *, is_request: bool = False) -> Body:
    """The recorded form of a body, decoded; one in an unknown content coding is kept as base64."""
    if not data:
        return {}
    try:
        data = decoded(data, encoding)
    except ContentError:
        return {"base64": base64.b64encode(data).decode()}
    kind = content_type.partition(";")[0].strip().lower()
    if is_request and kind == "application/x-www-form-urlencoded":
        return {"form": _plain_fields(parse_qs(data.decode("utf-8", "replace"), keep_blank_values=True))}
    if is_request and kind == "multipart/form-data" and (parts := _parts(data, content_type)):
        return {"multipart": parts}
    return _text_or_binary(data, kind, charset(content_type))


def _text_or_binary(data: bytes, kind: str, encoding: str) -> Body:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}
    if kind.endswith("json") or (not kind and text[:1] in ("{", "[")):
        with suppress(ValueError, RecursionError):
            return {"json": parsed_json(text)}
    unreadable = not _UNSAFE.isdisjoint(text) or "\r" in text.replace("\r\n", "") or "\ufffe" in text
    return {"base64": base64.b64encode(data).decode()} if unreadable else {"text": text}


def _plain_fields(fields: Mapping[str, list[str]]) -> dict[str, Any]:
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _parts(data: bytes, content_type: str) -> list[dict[str, Any]]:
    message = message_from_bytes(b"content-type: " + content_type.encode() + b"\r\n\r\n" + data, policy=policy.HTTP)
    return [_part(part) for part in message.iter_parts()] if message.is_multipart() else []


def _part(part: Any) -> dict[str, Any]:
    named = {"name": part.get_param("name", header="content-disposition"), "filename": part.get_filename()}
    payload = part.get_payload(decode=True) or b""
    kind = part.get("content-type", "")
    content = _text_or_binary(payload, "text", charset(kind)) if payload else {"text": ""}
    return {**{key: value for key, value in named.items() if value}, **({"type": kind} if kind else {}), **content}


def bytes_of(body: Body) -> bytes:
    """The bytes of a body; events of `sse` without their delays."""
    return b"".join(_WRITERS[form](content) for form, content in body.items())


def chunks_of(body: Body) -> tuple[Chunk, ...] | None:
    """The events of an `sse` body with their delays; None for other bodies."""
    if "sse" not in body:
        return None
    return tuple(Chunk(float(event.get("delay", 0)), _event(event)) for event in body["sse"])


def _json_bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _event(event: Mapping[str, Any]) -> bytes:
    lines: list[str] = []
    for name in ("comment", "event", "id", "retry", "data"):
        if name in event:
            text = event[name] if isinstance(event[name], str) else _json_bytes(event[name]).decode()
            lines += [f"{'' if name == 'comment' else name}: {line}" for line in text.split("\n")]
    return ("\n".join(lines) + "\n\n").encode()


def _multipart(parts: Iterable[Mapping[str, Any]]) -> bytes:
    written = []
    for part in parts:
        shown = "".join(f'; {key}="{part[key]}"' for key in ("name", "filename") if key in part)
        kind = f"content-type: {part['type']}\r\n" if "type" in part else ""
        head = f"--{BOUNDARY}\r\ncontent-disposition: form-data{shown}\r\n{kind}\r\n".encode()
        written.append(
            head + (base64.b64decode(part["base64"]) if "base64" in part else part["text"].encode()) + b"\r\n"
        )
    return b"".join([*written, f"--{BOUNDARY}--\r\n".encode()])


_WRITERS: dict[str, Callable[[Any], bytes]] = {
    "json": _json_bytes,
    "text": str.encode,
    "base64": base64.b64decode,
    "form": lambda fields: urlencode(fields, doseq=True).encode(),
    "multipart": _multipart,
    "sse": lambda events: b"".join(map(_event, events)),
}
FORMS = tuple(_WRITERS)
DEFAULT_TYPES = {
    "json": "application/json",
    "text": "text/plain; charset=utf-8",
    "base64": "application/octet-stream",
    "form": "application/x-www-form-urlencoded",
    "multipart": f"multipart/form-data; boundary={BOUNDARY}",
    "sse": "text/event-stream",
}


def events_of(pieces: Iterable[Chunk]) -> list[dict[str, Any]]:
    """The events of an event stream (WHATWG HTML, 9.2), each with the seconds since the event before it."""
    events: list[dict[str, Any]] = []
    pending, waited = b"", 0.0
    for piece in pieces:
        waited += piece.delay
        blocks = (pending + piece.data.replace(b"\r\n", b"\n")).split(b"\n\n")
        pending = blocks.pop()
        for block in blocks:
            if event := _read_event(block.decode("utf-8", "replace")):
                events.append({"delay": round(waited, 3), **event} if waited >= 0.001 else event)
                waited = 0.0
    rest = _read_event(pending.decode("utf-8", "replace"))
    return [*events, rest] if rest else events


def _read_event(block: str) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for line in block.split("\n"):
        name, colon, value = line.partition(":")
        name, value = name or "comment", value.removeprefix(" ")
        if (name in ("event", "id", "retry", "data") or (name == "comment" and colon)) and line:
            event[name] = f"{event[name]}\n{value}" if name in event else value
    if "data" in event and event["data"][:1] in ("{", "["):
        with suppress(ValueError, RecursionError):
            event["data"] = parsed_json(event["data"])
    return event
