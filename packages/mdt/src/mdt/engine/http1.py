"""The rules of HTTP/1.1 for writing an answer (RFC 9110, 9112), for all transports."""

import re
from http import HTTPStatus

from mdt.engine.messages import Reply
from mdt.errors import MdtError
from mdt.language import _

NO_BODY = frozenset({*range(100, 200), 204, 304})
FRAMING = frozenset({"content-length", "transfer-encoding"})  # written by the transport, not by a definition
CHUNKED = b"transfer-encoding: chunked\r\n"
LAST_CHUNK = b"0\r\n\r\n"
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


class BadHeaderError(MdtError, ValueError):
    """A header with characters that would break the message."""


def check_header(name: str, value: str) -> None:
    """Raises BadHeaderError."""
    if not _NAME.fullmatch(name) or _FORBIDDEN.search(value):
        raise BadHeaderError(
            _("The answer's header {name!r} has characters that HTTP does not allow: {value!r}", name=name, value=value)
        )


def reason(status: int) -> str:
    """The reason phrase of a status; "Unknown" for one without."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def length(reply: Reply, *, is_head: bool) -> int | None:
    """The content-length of an answer that is sent whole; None if it has none.

    An answer without a body has no length. But 304 and HEAD may give the length that the body would have (RFC 9110, 8.6).
    """
    own = next((value for name, value in reply.headers if name.lower() == "content-length"), "")
    written = int(own) if own.isascii() and own.isdigit() else None
    if reply.status in NO_BODY:
        return written if reply.status == HTTPStatus.NOT_MODIFIED else None
    return written if is_head and written is not None else len(reply.body)


def chunk(data: bytes) -> bytes:
    """One chunk of a chunked body; b"" for no data, because an empty chunk would end the body."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def first_half(content: bytes) -> bytes:
    """The part of a body that a fault sends."""
    return content[: len(content) // 2]
