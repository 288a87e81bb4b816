"""Writes replies and faults as HTTP/1.1 bytes.

The server sets Content-Length and Transfer-Encoding. Those of a definition count only for answers without a body.

| fault | what the client sees |
|---|---|
| connection-reset | RST before a byte |
| empty | the connection ends before a byte |
| garbage | bytes that are no HTTP, then the end |
| malformed-chunk | a good head, half of the body, then no chunk, then the end |
| truncated | a Content-Length, half of that, then the end |
| timeout | nothing, until it leaves or the server's limit is reached |
| tls-* | no handshake, because of the certificate: mdt.server.certificates. A client that accepts the certificate gets |
|       | the answer; where another certificate was shown, or none, RST |
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from mdt.engine import http1
from mdt.engine.http1 import FRAMING, NO_BODY, check_header, reason
from mdt.engine.messages import FaultKind, Reply

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
TLS_HANDSHAKE = b"\x16"  # the first byte of a ClientHello: its record's type (RFC 8446, 5.1)
HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"  # a record with the fatal alert 40 (RFC 8446, 6.2)


@dataclass(frozen=True, slots=True)
class Start:
    """The status line and the headers of a reply, except those that frame its body."""

    lines: bytes
    has_date: bool
    has_connection: bool
    closes: bool  # the definition has "connection: close"
    length: bytes  # its own content-length line, for answers without a body

    def head(self, framing: bytes, *, keep_alive: bool, old: bool) -> bytes:
        """Everything before the body. `old`: HTTP/1.0, where keep-alive needs a header."""
        date = b"" if self.has_date else _date.line()
        connection = b""
        if keep_alive is old and not self.has_connection:
            connection = b"connection: keep-alive\r\n" if keep_alive else b"connection: close\r\n"
        return b"".join((self.lines, date, framing, connection, b"\r\n"))


@lru_cache(4096)
def start(status: int, headers: tuple[tuple[str, str], ...]) -> Start:
    by_name = {name.lower(): value for name, value in headers}
    lines = [b"HTTP/1.1 %d %s" % (status, reason(status).encode())]
    lines += [_line(name, value) for name, value in headers if name.lower() not in FRAMING]
    length = by_name.get("content-length", "")
    return Start(
        b"\r\n".join([*lines, b""]),
        "date" in by_name,
        "connection" in by_name,
        "close" in by_name.get("connection", "").lower(),
        b"content-length: %d\r\n" % int(length) if length.isascii() and length.isdigit() else b"",
    )


def _line(name: str, value: str) -> bytes:
    check_header(name, value)
    return f"{name}: {value.strip()}".encode()


class _Date:
    """The Date header of this second."""

    def __init__(self) -> None:
        self._second = 0
        self._line = b""

    def line(self) -> bytes:
        second = int(time.time())
        if second != self._second:
            text = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(second))
            self._line, self._second = f"date: {text}\r\n".encode(), second
        return self._line


_date = _Date()


def whole(reply: Reply, begin: Start, *, keep_alive: bool, old: bool, is_head: bool) -> bytes:
    """Head and body together."""
    if reply.status in NO_BODY:
        return begin.head(
            begin.length if reply.status == HTTPStatus.NOT_MODIFIED else b"", keep_alive=keep_alive, old=old
        )
    if is_head and begin.length:
        return begin.head(begin.length, keep_alive=keep_alive, old=old)
    head = begin.head(b"content-length: %d\r\n" % len(reply.body), keep_alive=keep_alive, old=old)
    return head if is_head else head + reply.body


GARBAGE = bytes(range(128, 256)) * 2
NO_CHUNK = b"XX!no chunk\r\n"


def _empty(reply: Reply) -> bytes:  # noqa: ARG001 - one of a table
    return b""


def _garbage(reply: Reply) -> bytes:  # noqa: ARG001 - one of a table
    return GARBAGE


def _malformed_chunk(reply: Reply) -> bytes:
    """Sends at least one byte first, because an empty chunk would end the body."""
    content = reply.content()
    return _head(reply, http1.CHUNKED) + http1.chunk(http1.first_half(content) or content or b" ") + NO_CHUNK


def _truncated(reply: Reply) -> bytes:
    """Announces an empty body as one byte, so that it is cut."""
    content = reply.content()
    return _head(reply, b"content-length: %d\r\n" % max(1, len(content))) + http1.first_half(content)


def _head(reply: Reply, framing: bytes) -> bytes:
    return start(reply.status, reply.headers).head(framing, keep_alive=True, old=False)


LAST_WORDS: dict[FaultKind, Callable[[Reply], bytes]] = {
    FaultKind.EMPTY: _empty,
    FaultKind.GARBAGE: _garbage,
    FaultKind.MALFORMED_CHUNK: _malformed_chunk,
    FaultKind.TRUNCATED: _truncated,
}
"""What is still sent before the connection ends. A reset sends nothing, a timeout does not end."""
