"""Replies as HTTP/1.1 bytes. What goes out here is well formed; broken answers are made in `faults`.

Content-Length and Transfer-Encoding are the server's: those of a definition count only where no body follows them.
"""

import time
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from mdt.engine.http1 import FRAMING, NO_BODY, check_header, reason
from mdt.engine.messages import Reply

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Start:
    """The status line and the headers of a reply, without those that frame its body."""

    lines: bytes
    has_date: bool
    has_connection: bool
    closes: bool  # the definition itself says "connection: close"
    length: bytes  # its own content-length line, for answers without a body

    def head(self, framing: bytes, *, keep_alive: bool, old: bool) -> bytes:
        """Everything before the body. `old` is HTTP/1.0, where staying connected must be said."""
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
    """Head and body in one piece."""
    if reply.status in NO_BODY:
        return begin.head(
            begin.length if reply.status == HTTPStatus.NOT_MODIFIED else b"", keep_alive=keep_alive, old=old
        )
    if is_head and begin.length:
        return begin.head(begin.length, keep_alive=keep_alive, old=old)
    head = begin.head(b"content-length: %d\r\n" % len(reply.body), keep_alive=keep_alive, old=old)
    return head if is_head else head + reply.body
