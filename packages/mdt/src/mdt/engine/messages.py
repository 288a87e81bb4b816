"""The engine's requests and answers; every transport translates to and from them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from enum import StrEnum
from typing import Any, Final, Protocol
from urllib.parse import parse_qs

from mdt.engine.content import charset


class _Missing:
    """The value of something that is not there. It is false and equals only itself."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()
_UNREAD: Final = object()


@dataclass(slots=True)
class Request:
    """A request. The body is parsed as JSON or form only when it is needed."""

    method: str  # upper case
    url: str  # as the client wrote it, for reports
    host: str  # lower case, with ":port" unless it is the scheme's own; "" if unknown
    path: str  # begins with "/"; decoded, but for slashes within a segment (mdt.engine.routes)
    query: str = ""  # raw, without "?"
    headers: Mapping[str, str] = field(default_factory=dict)  # lower-case names; several values joined by ", "
    body: bytes = b""
    _json: Any = field(default=_UNREAD, init=False, repr=False, compare=False)
    _args: Any = field(default=_UNREAD, init=False, repr=False, compare=False)
    _form: Any = field(default=_UNREAD, init=False, repr=False, compare=False)
    _parts: Any = field(default=None, init=False, repr=False, compare=False)

    @property
    def json(self) -> Any:
        """The body's JSON value; MISSING if it is no JSON."""
        if self._json is _UNREAD:
            self._json = _parsed(self.body if self.charset == "utf-8" else self.text)
        return self._json

    @property
    def args(self) -> dict[str, list[str]]:
        """The query's values by name."""
        if self._args is _UNREAD:
            self._args = parse_qs(self.query, keep_blank_values=True)
        return self._args  # type: ignore[no-any-return]

    def forget(self) -> None:
        """Drops the parsed body and query, which take many times their memory. They are parsed again when needed."""
        self._json = self._args = self._form = _UNREAD
        self._parts = None

    def part(self, read: "Callable[[Request], Any]") -> Any:
        """What `read` makes of the request; it is read once."""
        if self._parts is None:
            self._parts = {}
        if read not in self._parts:
            self._parts[read] = read(self)
        return self._parts[read]

    @property
    def charset(self) -> str:
        """The charset of the body's content type; "utf-8" if it has none."""
        return charset(self.headers.get("content-type", ""))

    @property
    def text(self) -> str:
        """The body as text; bytes that are invalid in its charset become U+FFFD."""
        return self.body.decode(self.charset, errors="replace")

    @property
    def form(self) -> dict[str, list[str]]:
        """The values of a form by name, urlencoded or multipart; files are read as text."""
        if self._form is _UNREAD:
            self._form = _form(self)
        return self._form  # type: ignore[no-any-return]


def _parsed(body: bytes | str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return MISSING


def _form(request: Request) -> dict[str, list[str]]:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "application/x-www-form-urlencoded":
        return parse_qs(request.text, keep_blank_values=True, encoding=request.charset)
    if content_type == "multipart/form-data":
        return multipart_fields(request.headers["content-type"], request.body)
    return {}


def multipart_fields(content_type: str, body: bytes) -> dict[str, list[str]]:
    """Each part's text by its name; {} if the body is not multipart."""
    fields: dict[str, list[str]] = {}
    for part in multipart_parts(content_type, body):
        fields.setdefault(part.name, []).append(part.text)
    return fields


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a multipart body (RFC 7578); `content_type` is "text/plain" if the part has none."""

    name: str
    filename: str | None
    content_type: str
    content: bytes

    @property
    def text(self) -> str:
        return self.content.decode(charset(self.content_type), errors="replace")


def multipart_parts(content_type: str, body: bytes) -> Iterator[Part]:
    """The parts that have a name; none if the body is not multipart."""
    raw = b"content-type: " + content_type.encode(errors="replace") + b"\r\n\r\n" + body
    message = message_from_bytes(raw, policy=policy.HTTP)
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            yield Part(name, part.get_filename(), str(part.get("content-type", "text/plain")), payload)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a body, sent after `delay` seconds."""

    delay: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer with a body, or with `chunks` in its place."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    delay: float = 0.0  # seconds before the first byte
    chunks: tuple[Chunk, ...] | None = None

    def content(self) -> bytes:
        """The whole body, sent in chunks or not."""
        return self.body if self.chunks is None else b"".join(chunk.data for chunk in self.chunks)


class FaultKind(StrEnum):
    """Faults below HTTP."""

    CONNECTION_RESET = "connection-reset"
    EMPTY = "empty"
    GARBAGE = "garbage"
    MALFORMED_CHUNK = "malformed-chunk"
    TRUNCATED = "truncated"
    TIMEOUT = "timeout"
    TLS_UNTRUSTED = "tls-untrusted"
    TLS_EXPIRED = "tls-expired"
    TLS_WRONG_HOST = "tls-wrong-host"


TLS_FAULTS: Final = frozenset({FaultKind.TLS_UNTRUSTED, FaultKind.TLS_EXPIRED, FaultKind.TLS_WRONG_HOST})
"""Faults with a certificate that the client should not accept."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A broken answer; `reply` is the answer without the fault."""

    kind: FaultKind
    reply: Reply = Reply()
    delay: float = 0.0  # seconds before it breaks


class PassthroughListener(Protocol):
    """Hears what the real service answers. A client that retries is answered several times."""

    limit: int  # bytes of a body that it wants

    def answered(self, reply: Reply, *, partial: bool) -> None:
        """`reply` has its body in `chunks`, as it came; its `delay` is the time to the first byte. `partial`: not all of it."""
        ...

    def failed(self, kind: FaultKind) -> None:
        """There was no answer."""
        ...


@dataclass(frozen=True, slots=True)
class Passthrough:
    """Forward the request to the real service at this URL.

    `base`: the service's own address, for a proxy to make redirects to it relative.
    """

    url: str
    listener: PassthroughListener | None = field(default=None, compare=False)
    base: str = ""


type Answered = Reply | Fault | Passthrough
