"""What the protocols have in common: bytes come in pieces, and leave as units of the client and parts of the server's replies."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol


class NotTheProtocolError(Exception):
    """These bytes are something else."""


@dataclass(slots=True, eq=False)
class Unit:
    """What the client sends as one: a statement, or a frame that is none."""

    raw: bytes
    texts: tuple[str, ...] = ()  # of its statements; none: it is part of a handshake or of a transfer
    answered: bool = False  # the server replies to it, and one can tell where that reply ends
    answer: bytes = b""  # what the proxy answers by itself; nothing is forwarded then
    silent: bool = False  # made by the proxy: the client does not see the reply
    about: Any = None  # the protocol's own


@dataclass(frozen=True, slots=True)
class Part:
    """Complete frames from the server, all of one unit's reply (None: of no unit's)."""

    raw: bytes
    unit: Unit | None = None
    ends: bool = False
    asks: bool = False  # the server goes on when the client has said more


@dataclass(slots=True)
class Frame:
    """Where a frame of the server ends, and what it ends besides itself."""

    size: int
    ends: Unit | None = None  # the unit whose reply is complete with it
    cut: bool = False  # what follows is another part
    asks: bool = False  # the server goes on when the client has said more


class Wire(Protocol):
    """One connection's protocol, without sockets. It never raises: what it does not understand passes as it came."""

    greets: bool  # the server speaks first
    ready: bool  # the handshake is over
    opaque: bool  # this is not the protocol: everything passes as it came

    def from_client(self, data: bytes) -> list[Unit]: ...
    def from_server(self, data: bytes) -> list[Part]: ...
    def sent(self, unit: Unit) -> None:
        """The unit was forwarded: its reply is to be expected."""
        ...

    def error(self, code: int | str, unit: Unit | None, reply: bytes = b"") -> bytes:
        """The server's error in place of the reply to `unit` (None: at any time), or in place of the end of it, `reply`."""
        ...

    def is_last(self, code: int | str) -> bool:
        """Whether a server closes the connection after this error."""
        ...

    def consequence(self, unit: Unit, code: int | str) -> Unit | None:
        """What the server has to be sent so that its transaction is what the client believes after `error`, if anything."""
        ...

    def rest(self) -> tuple[bytes, bytes]:
        """What has come and is no complete frame: from the client, from the server."""
        ...


@dataclass
class Framed(ABC):
    """Cuts both streams into frames. Subclasses know the frames, and raise NotTheProtocolError."""

    greets: bool = False
    ready: bool = False
    opaque: bool = False
    _client: bytearray = field(default_factory=bytearray)
    _server: bytearray = field(default_factory=bytearray)
    _waiting: deque[Unit] = field(default_factory=deque)  # forwarded, the reply is not complete

    def from_client(self, data: bytes) -> list[Unit]:
        self._client += data
        units: list[Unit] = []
        try:
            for unit in () if self.opaque else self._units():
                units.append(unit)  # noqa: PERF402 - those before an error stay
        except NotTheProtocolError:
            self.opaque = True
        if self.opaque and self._client:
            units.append(Unit(self._take_client(len(self._client))))
        return units

    @abstractmethod
    def _units(self) -> Iterator[Unit]:
        """Takes every complete unit out of `_client`; raises before it has taken a part of one."""
        ...

    def _take_client(self, size: int) -> bytes:
        taken = bytes(self._client[:size])
        del self._client[:size]
        return taken

    def from_server(self, data: bytes) -> list[Part]:
        self._server += data
        parts: list[Part] = []
        try:
            if not self.opaque:
                self._parts(parts)
        except NotTheProtocolError:
            self.opaque = True
        if self.opaque and self._server:
            parts.append(Part(self._take_server(len(self._server))))
        return parts

    def _parts(self, parts: list[Part]) -> None:
        size = 0
        try:
            while frame := self._frame(size):
                size += frame.size
                if frame.cut or frame.asks:
                    unit = frame.ends or self._first_waiting()
                    parts.append(Part(self._take_server(size), unit, frame.ends is not None, frame.asks))
                    size = 0
        finally:
            if size:
                parts.append(Part(self._take_server(size), self._first_waiting()))

    def _first_waiting(self) -> Unit | None:
        return self._waiting[0] if self._waiting else None

    @abstractmethod
    def _frame(self, start: int) -> Frame | None:
        """The frame that begins there in `_server`, if it is complete."""
        ...

    def _take_server(self, size: int) -> bytes:
        taken = bytes(self._server[:size])
        del self._server[:size]
        return taken

    def sent(self, unit: Unit) -> None:
        if unit.answered:
            self._waiting.append(unit)

    def rest(self) -> tuple[bytes, bytes]:
        return self._take_client(len(self._client)), self._take_server(len(self._server))
