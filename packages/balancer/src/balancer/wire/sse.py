"""Server-sent events: an incremental parser for any cut of the bytes, and an encoder.

The format is that of the HTML standard, section "Server-sent events": lines end in CR, LF or CRLF, a byte order mark
may come first, several `data` lines are one value, lines that begin with a colon are comments.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from balancer.wire import json_text

MAX_EVENT = 1024 * 1024
_BOM = b"\xef\xbb\xbf"
_EVENT_END = re.compile(rb"(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)")
_LINE_END = re.compile(r"\r\n|\n|\r")


class SseError(Exception):
    """An event is larger than the limit."""


@dataclass(slots=True)  # frozen it would take three times as long to make, and every piece of a stream is one
class Event:
    """One event. `name` is "" where the stream gives none; `raw` has the bytes that a parsed event came in."""

    name: str
    data: str
    raw: bytes = field(default=b"", compare=False, repr=False)


class SseParser:
    """Turns chunks of bytes into events. An event ends with an empty line; bytes after the last one are `pending`."""

    def __init__(self, limit: int = MAX_EVENT) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._carriage_returns = False
        self._at_start = True

    @property
    def pending(self) -> bool:
        """Whether bytes of an unfinished event wait for the rest."""
        return bool(self._buffer.strip(b"\r\n"))

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that `chunk` completes. SseError when one is larger than the limit, finished or not."""
        searched = max(0, len(self._buffer) - 3)
        self._buffer += chunk
        self._carriage_returns = self._carriage_returns or b"\r" in chunk
        if self._at_start:
            self._skip_byte_order_mark()
        events = [event for block in self._blocks(searched) if (event := event_of(block))]
        self._check(len(self._buffer))
        return events

    def _skip_byte_order_mark(self) -> None:
        if len(self._buffer) < len(_BOM) and _BOM.startswith(self._buffer):
            return
        self._at_start = False
        if self._buffer.startswith(_BOM):
            del self._buffer[: len(_BOM)]

    def _blocks(self, searched: int) -> Iterator[bytes]:
        begin = 0
        while (end := self._event_end(max(begin, searched))) > 0:
            self._check(end - begin)
            yield bytes(self._buffer[begin:end])
            begin = end
        del self._buffer[:begin]

    def _event_end(self, start: int) -> int:
        if self._carriage_returns:
            match = _EVENT_END.search(self._buffer, start)
            return match.end() if match else 0
        found_at = self._buffer.find(b"\n\n", start)
        return found_at + 2 if found_at >= 0 else 0

    def _check(self, size: int) -> None:
        if size > self._limit:
            raise SseError(f"An event is larger than {self._limit} bytes.")


def encode(event: Event) -> bytes:
    r"""The event as bytes, its lines ended by LF. Lone surrogates in JSON data become `\udXXX` escapes."""
    name = f"event: {event.name}\n" if event.name else ""
    lines = "".join(f"data: {line}\n" for line in _LINE_END.split(event.data))
    return json_text.to_bytes(f"{name}{lines}\n")


def event_of(block: bytes) -> Event | None:
    """The event of a block of lines, its empty line included; None for comments alone.

    Almost all are one `data` line, with or without an `event` line before it: these need no list of lines.
    """
    text = block.decode("utf-8", "replace")
    name, lines = "", text
    if text.startswith("event: "):
        name, _, lines = text[7:].partition("\n")
    if lines.startswith("data: ") and lines.find("\n") == len(lines) - 2 and "\r" not in text:
        return Event(name, lines[6:-2], block)
    return _event_of_lines(text, block)


def _event_of_lines(text: str, block: bytes) -> Event | None:
    name, data = "", []
    for line in _LINE_END.split(text) if "\r" in text else text.split("\n"):
        key, _, value = line.partition(":")
        if key == "data":
            data.append(value.removeprefix(" "))
        elif key == "event":
            name = value.removeprefix(" ")
    return Event(name, "\n".join(data), block) if data else None
