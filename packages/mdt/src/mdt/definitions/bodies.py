"""Compiles the bodies of answers, one function for each key: json, text, base64, file, sse.

A body without templates becomes bytes; one with templates becomes a function of the call.
"""

import base64
import binascii
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mdt.definitions.durations import seconds
from mdt.definitions.files import Folder
from mdt.definitions.source import Rows, Source, Table, kind, line_of, plain
from mdt.engine.call import Call
from mdt.engine.messages import Chunk
from mdt.engine.template_values import dumps
from mdt.engine.templates import TemplateError, compile_json, compile_text, has_template, is_template, render_json
from mdt.errors import Problem
from mdt.language import _, words_of

type Content = bytes | tuple[Chunk, ...]


@dataclass(frozen=True, slots=True)
class Body:
    """A compiled body: bytes or chunks, or a function that makes them for a call."""

    content: Content | Callable[[Call], Content] = b""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a body is defined."""

    source: Source
    line: int
    folder: Folder
    directory: Path  # that `file:` is relative to


def json_body(value: Any, _place: Place) -> Body:
    value = plain(value)
    headers = (("content-type", "application/json"),)
    if not has_template(value):
        return Body(dumps(value).encode(), headers)
    parts = compile_json(value)
    return Body(lambda call: render_json(parts, call), headers)


def text_body(value: Any, place: Place) -> Body:
    headers = (("content-type", "text/plain; charset=utf-8"),)
    if not isinstance(value, str):
        place.source.wrong(place.line, _("`text` is a text, not {kind}", kind=kind(value)), _("Use `json`, or quotes"))
        return Body()
    if not is_template(value):
        return Body(value.encode(), headers)
    text = compile_text(value)
    return Body(lambda call: text(call).encode(), headers)


def base64_body(value: Any, place: Place) -> Body:
    try:
        content = base64.b64decode("".join(value.split()), validate=True)
    except (AttributeError, ValueError, binascii.Error) as error:
        place.source.wrong(place.line, _("`base64` is no base64 text: {error}", error=error))
        return Body()
    return Body(content, (("content-type", "application/octet-stream"),))


def file_body(value: Any, place: Place) -> Body:
    """The bytes of a file, read at loading; the file's name gives the content type. A file that cannot be read is a problem
    when it is played.
    """
    if not isinstance(value, str) or "\0" in value:
        place.source.wrong(place.line, _("`file` is a path beside this file, not {kind}", kind=kind(value)))
        return Body()
    source = Source(place.source.file)
    content = place.folder.read(place.directory / value, source, place.line)
    if content is None:
        place.folder.deferred += source.problems
        return Body(partial(_unreadable, source.problems[0]))
    guessed, encoding = mimetypes.guess_type(value)
    content_type = guessed if guessed and not encoding else "application/octet-stream"
    return Body(content, (("content-type", content_type),))


def _unreadable(problem: Problem, _call: Call) -> bytes:
    raise TemplateError(problem.text())


def sse_body(value: Any, place: Place) -> Body:
    """Server-sent events, each sent after its delay."""
    headers = (("content-type", "text/event-stream"), ("cache-control", "no-cache"))
    if not isinstance(value, Rows):
        place.source.wrong(place.line, _("`sse` is a list of events, not {kind}", kind=kind(value)))
        return Body()
    events = [_event(item, line_of(value, index), place.source) for index, item in enumerate(value)]
    if not has_template(plain(value)):
        return Body(tuple(Chunk(delay, write(None)) for delay, write in events), headers)
    return Body(lambda call: tuple(Chunk(delay, write(call)) for delay, write in events), headers)


SSE_KEYS = ("data", "event", "id", "retry", "comment", "delay")


def _event(value: Any, line: int, source: Source) -> tuple[float, Callable[[Any], bytes]]:
    table = source.table(value, line, _("an event"))
    source.known_keys(table, SSE_KEYS, _("an event"))
    fields = [(name, _field(name, table, source)) for name in ("comment", "event", "id", "retry", "data")]
    written = [(name, field) for name, field in fields if field is not None]
    return _delay(table, source), lambda call: _written(written, call)


def _delay(table: Table, source: Source) -> float:
    try:
        return seconds(table.get("delay", 0))
    except ValueError as error:
        source.wrong(line_of(table, "delay"), words_of(error))
        return 0.0


def _field(name: str, table: Table, source: Source) -> Callable[[Any], str] | None:
    if name not in table:
        return None
    value = plain(table[name])
    if name != "data" and (isinstance(value, dict | list) or "\n" in str(value)):
        source.wrong(line_of(table, name), _("{name!r} of an event is one line of text", name=name))
        return None
    if has_template(value):
        parts = None if isinstance(value, str) else compile_json(value)
        return compile_text(value) if parts is None else lambda call: render_json(parts, call).decode()
    text = value if isinstance(value, str) else dumps(value)
    return lambda _call: text


def _written(fields: list[tuple[str, Callable[[Any], str]]], call: Any) -> bytes:
    """Writes an event in the format of the HTML standard: each line of a text is a line of its own."""
    lines = []
    for name, field in fields:
        prefix = "" if name == "comment" else name
        lines += [f"{prefix}: {line}" for line in field(call).splitlines() or [""]]
    return ("\n".join(lines) + "\n\n").encode()


BODIES: dict[str, Callable[[Any, Place], Body]] = {
    "json": json_body,
    "text": text_body,
    "base64": base64_body,
    "file": file_body,
    "sse": sse_body,
}
