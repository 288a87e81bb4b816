"""Parses the bytes of one connection into requests, within limits. The parser calls the methods with `on_`."""

from typing import Protocol

import httptools

from mdt.engine.messages import Reply
from mdt.server.exchange import Incoming, Limits, refusal
from mdt.server.headers import Headers


class Owner(Protocol):
    """The connection; the reader reports the progress of a request to it."""

    def reading_head(self) -> None: ...
    def reading_body(self) -> None: ...
    def expects_continue(self) -> None: ...
    def received(self, incoming: Incoming) -> bool:
        """Returns False to stop reading."""
        ...

    def refuse(self, reply: Reply) -> None: ...


class _StoppedError(Exception):
    """Stops the parser."""


class Reader:
    """Ends the connection after an invalid request, because the start of the next one is unknown."""

    __slots__ = (
        "_body",
        "_head_bytes",
        "_limits",
        "_owner",
        "_pairs",
        "_parser",
        "_size",
        "_target",
        "in_head",
        "midway",
    )

    def __init__(self, owner: Owner, limits: Limits) -> None:
        self._owner = owner
        self._limits = limits
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._pairs: list[tuple[bytes, bytes]] = []
        self._body: list[bytes] = []
        self._size = 0
        self._head_bytes = 0
        self.in_head = False
        self.midway = False  # a part of a request has arrived

    def feed(self, data: bytes) -> None:
        if self.in_head:
            self._head_bytes += len(data)
        try:
            self._parse(data)
        except httptools.HttpParserCallbackError as error:
            if not isinstance(error.__context__, _StoppedError):
                raise
            return
        except httptools.HttpParserError:
            self._owner.refuse(refusal("bad-request"))
            return
        self._measure_head()

    def _measure_head(self) -> None:
        """Limits an unfinished header, which the parser keeps to itself."""
        if self.in_head and self._head_bytes > self._limits.head:
            self._owner.refuse(refusal("head-too-large"))

    def _parse(self, data: bytes) -> None:
        """Ignores upgrades: what follows the request is HTTP again."""
        while data:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
            else:
                return

    def on_message_begin(self) -> None:
        self._target = b""
        self._pairs = []
        self._body = []
        self._size = self._head_bytes = 0
        self.in_head = self.midway = True
        self._owner.reading_head()

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._pairs.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        self.in_head = False
        size = len(self._target)
        for name, value in self._pairs:
            size += len(name) + len(value) + 4
            if name == b"content-length" and int(value) > self._limits.body:
                self._stop(refusal("body-too-large"))
            elif name == b"expect":
                self._expect(value)
        if size > self._limits.head:
            self._stop(refusal("head-too-large"))
        self._owner.reading_body()

    def _expect(self, value: bytes) -> None:
        if value.lower() != b"100-continue":
            self._stop(refusal("expectation-failed"))
        if self._parser.get_http_version() != "1.0":
            self._owner.expects_continue()

    def on_body(self, body: bytes) -> None:
        self._body.append(body)
        self._size += len(body)
        if self._size > self._limits.body:
            self._stop(refusal("body-too-large"))

    def on_message_complete(self) -> None:
        self.midway = False
        parser = self._parser
        incoming = Incoming(
            parser.get_method().decode("ascii"),
            self._target.decode("latin-1"),
            Headers(self._pairs),
            b"".join(self._body),
            parser.should_keep_alive(),
            parser.get_http_version() == "1.0",
        )
        if not self._owner.received(incoming):
            raise _StoppedError

    def _stop(self, reply: Reply) -> None:
        self._owner.refuse(reply)
        raise _StoppedError
