"""What each fault does to the connection.

| kind | what the client sees |
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

from collections.abc import Callable

from mdt.engine import http1
from mdt.engine.messages import FaultKind, Reply
from mdt.server import wire

GARBAGE = bytes(range(128, 256)) * 2
NO_CHUNK = b"XX!no chunk\r\n"


def _empty(reply: Reply) -> bytes:  # noqa: ARG001 - one of a table
    return b""


def _garbage(reply: Reply) -> bytes:  # noqa: ARG001 - one of a table
    return GARBAGE


def _malformed_chunk(reply: Reply) -> bytes:
    """At least one byte comes first: an empty chunk would be a good end."""
    content = reply.content()
    return _head(reply, http1.CHUNKED) + http1.chunk(http1.first_half(content) or content or b" ") + NO_CHUNK


def _truncated(reply: Reply) -> bytes:
    """An empty body is announced as one byte, because nothing cannot be cut."""
    content = reply.content()
    return _head(reply, b"content-length: %d\r\n" % max(1, len(content))) + http1.first_half(content)


def _head(reply: Reply, framing: bytes) -> bytes:
    return wire.start(reply.status, reply.headers).head(framing, keep_alive=True, old=False)


LAST_WORDS: dict[FaultKind, Callable[[Reply], bytes]] = {
    FaultKind.EMPTY: _empty,
    FaultKind.GARBAGE: _garbage,
    FaultKind.MALFORMED_CHUNK: _malformed_chunk,
    FaultKind.TRUNCATED: _truncated,
}
"""What is still sent before the connection ends. A reset sends nothing, a timeout does not end."""
