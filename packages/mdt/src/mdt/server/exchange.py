"""What passes between a connection and the application behind it."""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Protocol

from mdt.engine.messages import Fault, FaultKind, Reply
from mdt.server.headers import Headers


@dataclass(slots=True)
class Incoming:
    """A request that was read whole."""

    method: str  # upper case
    target: str  # as it was sent: "/a?b", or "http://host/a" from a client that takes us for its proxy
    headers: Headers
    body: bytes
    keep_alive: bool
    old: bool  # HTTP/1.0
    refusal: Reply | None = None  # the server's own answer to what it does not accept; ends the connection


@dataclass(frozen=True, slots=True)
class Listener:
    """What is known of a request before it comes, because of where it comes in."""

    secure: bool = False
    session: str | None = None
    service: str | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer whose end is not known: pieces are sent as they come, until the client leaves."""

    headers: tuple[tuple[str, str], ...]
    pieces: AsyncIterator[bytes]
    status: int = 200


type ServerAnswer = Reply | Fault | Stream | Awaitable[Reply]


class Site(Protocol):
    """Whoever answers. `certificate` is the fault whose certificate this connection has shown."""

    def answer(self, incoming: Incoming, listener: Listener, certificate: FaultKind | None) -> ServerAnswer: ...
