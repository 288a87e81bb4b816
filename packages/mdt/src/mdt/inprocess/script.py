"""The bytes that a server would send for a reply or a fault, with their delays, and their playback to a client."""

import errno
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from typing import Final

from mdt.engine import http1
from mdt.engine.messages import Chunk, Fault, FaultKind, Reply
from mdt.errors import MdtError
from mdt.language import _

_GARBAGE = b"\x00\xff not HTTP \xfe\x01\r\n\r\n"


class End(Enum):
    """How a connection ends after its last byte."""

    CLOSE = "close"
    RESET = "reset"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Script:
    """Steps to play, then the end. Clients that check certificates raise `refused` in place of the TLS handshake."""

    steps: tuple[Chunk, ...] = ()
    end: End = End.CLOSE
    refused: ssl.SSLError | None = None


TLS = {
    FaultKind.TLS_UNTRUSTED: (20, "unable to get local issuer certificate"),
    FaultKind.TLS_EXPIRED: (10, "certificate has expired"),
    FaultKind.TLS_WRONG_HOST: (62, "Hostname mismatch, certificate is not valid for this host."),
}


@dataclass(frozen=True, slots=True)
class Head:
    """Checked status and headers. `simple`: the client's response can be made without a parser."""

    reason: str
    headers: tuple[tuple[str, str], ...]  # without those that frame the body
    simple: bool


@lru_cache(4096)
def head(status: int, headers: tuple[tuple[str, str], ...]) -> Head:
    """Raises MdtError for a header that would break the message."""
    kept = tuple((name, value.strip()) for name, value in headers if name.lower() not in http1.FRAMING)
    for name, value in kept:
        http1.check_header(name, value)
    simple = all(value.isascii() and name.lower() != "set-cookie" for name, value in kept)
    return Head(http1.reason(status), kept, simple and status not in http1.NO_BODY)


def script(outcome: Reply | Fault, method: str = "GET") -> Script:
    """The script of a reply or a fault. An answer to HEAD has no body."""
    if isinstance(outcome, Reply):
        return Script(_reply(outcome, is_head=method == "HEAD"))
    return _FAULTS[outcome.kind](outcome)


def _reply(reply: Reply, *, is_head: bool = False) -> tuple[Chunk, ...]:
    if reply.chunks is None or reply.status in http1.NO_BODY:
        body = b"" if is_head or reply.status in http1.NO_BODY else reply.body
        return (Chunk(reply.delay, _head(reply, _length(reply, is_head=is_head)) + body),)
    return (Chunk(reply.delay, _head(reply, http1.CHUNKED)), *(() if is_head else _pieces(reply.chunks)))


def _pieces(chunks: tuple[Chunk, ...]) -> Iterator[Chunk]:
    """Leaves out empty chunks, which would end the body; their delay is added to the next one."""
    pause = 0.0
    for chunk in (*chunks, None):
        pause += chunk.delay if chunk else 0.0
        if chunk is None or chunk.data:
            yield Chunk(pause, http1.chunk(chunk.data) if chunk else http1.LAST_CHUNK)
            pause = 0.0


def _length(reply: Reply, *, is_head: bool) -> bytes:
    size = http1.length(reply, is_head=is_head)
    return b"" if size is None else b"content-length: %d\r\n" % size


def _head(reply: Reply, framing: bytes) -> bytes:
    first = head(reply.status, reply.headers)
    lines = [f"HTTP/1.1 {reply.status} {first.reason}", *(f"{name}: {value}" for name, value in first.headers)]
    return "\r\n".join([*lines, ""]).encode() + framing + b"\r\n"


def _truncated(fault: Fault) -> Script:
    """Half of the body after a head with the length of all of it, at least 1."""
    body = fault.reply.content()
    promise = b"content-length: %d\r\n" % max(1, len(body))
    return Script((Chunk(fault.delay, _head(fault.reply, promise) + http1.first_half(body)),))


def _malformed(fault: Fault) -> Script:
    """Half of the body, at least one byte, then bytes that are no chunk."""
    body = fault.reply.content()
    start = _head(fault.reply, http1.CHUNKED) + http1.chunk(http1.first_half(body) or b"?")
    return Script((Chunk(fault.delay, start + b"zz\r\n\r\n"),))


def _said(data: bytes, end: End) -> Callable[[Fault], Script]:
    return lambda fault: Script((Chunk(fault.delay, data),), end)


def _refused(fault: Fault) -> Script:
    """The error of the handshake, and the reply for clients that do not check certificates."""
    code, reason = TLS[fault.kind]
    error = ssl.SSLCertVerificationError(1, f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {reason}")
    error.verify_code, error.verify_message = code, reason
    return Script(_reply(replace(fault.reply, delay=fault.delay)), refused=error)


_FAULTS: dict[FaultKind, Callable[[Fault], Script]] = {
    FaultKind.CONNECTION_RESET: _said(b"", End.RESET),
    FaultKind.EMPTY: _said(b"", End.CLOSE),
    FaultKind.GARBAGE: _said(_GARBAGE, End.CLOSE),
    FaultKind.MALFORMED_CHUNK: _malformed,
    FaultKind.TRUNCATED: _truncated,
    FaultKind.TIMEOUT: lambda _: Script(end=End.SILENCE),
    FaultKind.TLS_UNTRUSTED: _refused,
    FaultKind.TLS_EXPIRED: _refused,
    FaultKind.TLS_WRONG_HOST: _refused,
}


_RESET: Final = (errno.ECONNRESET, "Connection reset by peer")


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait of `seconds`. `late`: the client's timeout ends it."""

    seconds: float
    late: bool


@dataclass(slots=True)
class Playback:
    """Plays a script. Before each `take` the caller waits for `pause`, with or without asyncio."""

    script: Script
    _at: int = 0
    _rest: bytes = b""
    _waited: float = 0.0  # of the step that comes next

    def pause(self, timeout: float | None) -> Pause:
        """Raises MdtError if a client without a timeout would wait for ever."""
        if self._rest:
            return Pause(0.0, late=False)
        delay = self._step().delay - self._waited if self._at < len(self.script.steps) else self._silence(timeout)
        if timeout is None or delay < timeout:
            return Pause(delay, late=False)
        self._waited += timeout
        return Pause(timeout, late=True)

    def _step(self) -> Chunk:
        return self.script.steps[self._at]

    def _silence(self, timeout: float | None) -> float:
        if self.script.end is not End.SILENCE:
            return 0.0
        if timeout is None:
            raise MdtError(
                _(
                    "The scenario never answers (fault: timeout), and this call has no timeout: it would wait "
                    "for ever. Give the client a timeout."
                )
            )
        return timeout

    def take(self, limit: int) -> bytes:
        """At most `limit` bytes of one step; b"" at the end. Raises ConnectionResetError."""
        if not self._rest and self._at < len(self.script.steps):
            self._rest = self._step().data
            self._at += 1
            self._waited = 0.0
        if not self._rest and self.script.end is End.RESET:
            raise ConnectionResetError(*_RESET)
        data, self._rest = self._rest[:limit], self._rest[limit:]
        return data
