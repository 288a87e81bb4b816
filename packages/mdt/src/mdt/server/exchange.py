"""What connections and the application exchange: requests, answers, refusals of the server, limits."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from mdt.engine.messages import Fault, FaultKind, Reply
from mdt.language import Words, _
from mdt.server.headers import Headers


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of connections. `timeout_fault` ends a `timeout` fault whose client stays."""

    head: int = 64 * 1024  # request line and headers: 431
    body: int = 16 * 1024 * 1024  # 413
    connections: int = 1000  # 503
    pipeline: int = 64  # waiting requests of one connection
    head_seconds: float = 10  # from a request's first byte to the end of its headers: 408
    body_seconds: float = 60  # 408
    idle_seconds: float = 75  # between requests
    write_seconds: float = 60  # for a client that does not read
    linger_seconds: float = 2  # for a refused client to read why
    timeout_fault: float = 300
    grace_seconds: float = 5  # for running answers when the server stops
    half_close: bool = True  # a client may end its side and still wait for its answer; False: it has left

    def tick(self) -> float:
        """Seconds between two checks of the deadlines."""
        shortest = min(self.head_seconds, self.body_seconds, self.idle_seconds, self.write_seconds, self.linger_seconds)
        return max(0.01, min(1.0, shortest / 4))


@dataclass(slots=True)
class Incoming:
    """A complete request."""

    method: str  # upper case
    target: str  # as it was sent: "/a?b", or "http://host/a" by clients that use a proxy
    headers: Headers
    body: bytes
    keep_alive: bool
    old: bool  # HTTP/1.0
    refusal: Reply | None = None  # answers a request that the server does not accept, and ends the connection


@dataclass(frozen=True, slots=True)
class Listener:
    """A listening address, with the session and service that its requests are for."""

    secure: bool = False
    session: str | None = None
    service: str | None = None
    refuses_tls: Callable[[], None] | None = None
    """On a plain port: fails the handshake of a client that begins TLS, and calls this. Without it such a client gets 400."""


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer in pieces, which may have no end: they are sent until the client leaves, and closed then.

    The pieces are sent as chunks. `raw`: they are the whole answer, its head too, and the connection ends after them.
    """

    headers: tuple[tuple[str, str], ...]
    pieces: AsyncGenerator[bytes]
    status: int = 200
    raw: bool = False


class StreamBrokenError(Exception):
    """Raised by the pieces of a Stream: ends the connection here, without the last chunk.

    `reset`: by RST, which a client sees as an error of the transport even if it ignores a missing last chunk.
    """

    def __init__(self, *, reset: bool = False) -> None:
        super().__init__("the answer breaks off here")
        self.reset = reset


type ServerAnswer = Reply | Fault | Stream | Awaitable[Reply | Fault | Stream]


class Site(Protocol):
    """Answers requests. `certificate` is the TLS fault whose certificate the connection has sent."""

    def answer(self, incoming: Incoming, listener: Listener, certificate: FaultKind | None) -> ServerAnswer: ...


TEXT = "text/plain; charset=utf-8"
REFUSALS: dict[str, tuple[int, Words]] = {
    "bad-request": (400, _("This is no HTTP/1.1 request.")),
    "too-slow": (408, _("The request did not come in whole in time.")),
    "body-too-large": (413, _("The body is larger than this server takes. `body` of its limits raises that.")),
    "expectation-failed": (417, _("Only `Expect: 100-continue` is understood.")),
    "head-too-large": (431, _("Request line and headers are larger than this server takes.")),
    "internal-error": (500, _("mdt could not answer; its log has the traceback.")),
    "bad-answer": (500, ""),
    "no-tunnels": (
        501,
        _(
            "CONNECT asks for a tunnel, which mocks are not reached through. Use the service's URL on "
            "this server instead."
        ),
    ),
    "unknown-session": (501, ""),
    "passthrough-failed": (502, ""),
    "too-many-connections": (503, _("All connections are taken. Does the client close those it no longer needs?")),
    "passthrough-loop": (508, _("The real service's address leads back to this server. Correct the service's url.")),
}
MORE = {"no-tunnels": (("connection", "close"),)}


def refusal(kind: str, message: Words = "") -> Reply:
    """The answer to a refused request, with `message` or the usual text of its kind."""
    status, usual = REFUSALS[kind]
    headers = (("content-type", TEXT), ("x-mdt-error", kind), *MORE.get(kind, ()))
    return Reply(status, headers, f"{message or usual}\n".encode())
