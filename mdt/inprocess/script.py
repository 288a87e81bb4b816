"""What a server would put on the wire for a reply or a fault: bytes with pauses, and an end."""

import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from http import HTTPStatus

from mdt.engine.messages import Chunk, Fault, FaultKind, Reply
from mdt.errors import MdtError

NO_BODY = frozenset({*range(100, 200), 204, 304})
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LAST_CHUNK = b"0\r\n\r\n"
_GARBAGE = b"\x00\xff not HTTP \xfe\x01\r\n\r\n"


class End(Enum):
    """How a connection ends after its last byte."""

    CLOSE = "close"
    RESET = "reset"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Script:
    """`refused` is raised instead of a TLS handshake, by clients that check certificates."""

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
    """Status and headers, checked; `simple` ones need no parser to become a client's response."""

    reason: str
    headers: tuple[tuple[str, str], ...]  # without those that frame the body
    simple: bool


@lru_cache(4096)
def head(status: int, headers: tuple[tuple[str, str], ...]) -> Head:
    """Raises MdtError for a header that would break the message apart."""
    kept = tuple((name, value.strip()) for name, value in headers if name.lower() not in _FRAMING)
    for name, value in kept:
        if not _NAME.fullmatch(name) or _FORBIDDEN.search(value):
            raise MdtError(f"The answer's header {name!r} has characters that HTTP does not allow: {value!r}")
    simple = all(value.isascii() and name.lower() != "set-cookie" for name, value in kept)
    return Head(_reason(status), kept, simple and status not in NO_BODY)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def script(outcome: Reply | Fault) -> Script:
    if isinstance(outcome, Reply):
        return Script(_reply(outcome))
    return _FAULTS[outcome.kind](outcome)


def _reply(reply: Reply) -> tuple[Chunk, ...]:
    if reply.chunks is None or reply.status in NO_BODY:
        return (Chunk(reply.delay, _head(reply, _length(reply)) + _body(reply)),)
    return (Chunk(reply.delay, _head(reply, b"transfer-encoding: chunked\r\n")), *_pieces(reply.chunks))


def _pieces(chunks: tuple[Chunk, ...]) -> Iterator[Chunk]:
    """An empty chunk would end the body: its pause goes to the next one."""
    pause = 0.0
    for chunk in (*chunks, None):
        pause += chunk.delay if chunk else 0.0
        if chunk is None or chunk.data:
            yield Chunk(pause, _chunk(chunk.data) if chunk else _LAST_CHUNK)
            pause = 0.0


def _body(reply: Reply) -> bytes:
    return b"" if reply.status in NO_BODY else reply.body


def _length(reply: Reply) -> bytes:
    return b"" if reply.status in NO_BODY else b"content-length: %d\r\n" % len(reply.content())


def _head(reply: Reply, framing: bytes) -> bytes:
    first = head(reply.status, reply.headers)
    lines = [f"HTTP/1.1 {reply.status} {first.reason}", *(f"{name}: {value}" for name, value in first.headers)]
    return "\r\n".join([*lines, ""]).encode() + framing + b"\r\n"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _truncated(fault: Fault) -> Script:
    """Half of the body, though the head promises all of it; an empty one is promised as one byte."""
    body = fault.reply.content()
    promise = b"content-length: %d\r\n" % max(1, len(body))
    return Script((Chunk(fault.delay, _head(fault.reply, promise) + body[: len(body) // 2]),))


def _malformed(fault: Fault) -> Script:
    """Half of the body (never nothing, which would end it), then no chunk."""
    body = fault.reply.content()
    start = _head(fault.reply, b"transfer-encoding: chunked\r\n") + _chunk(body[: len(body) // 2] or b"?")
    return Script((Chunk(fault.delay, start + b"zz\r\n\r\n"),))


def _said(data: bytes, end: End) -> Callable[[Fault], Script]:
    return lambda fault: Script((Chunk(fault.delay, data),), end)


def _refused(fault: Fault) -> Script:
    """The reply follows for clients that do not check certificates."""
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
