"""The common part of the protocols: cuts the byte streams into units of the client and parts of the server's replies."""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol


class NotTheProtocolError(Exception):
    """The bytes do not belong to this protocol."""


@dataclass(slots=True, eq=False)
class Unit:
    """What the client sends as one: a statement, or another frame."""

    raw: bytes
    texts: tuple[str, ...] = ()  # its statements; none for a handshake or a transfer
    answered: bool = False  # the server replies, and the end of the reply is known
    answer: bytes = b""  # the proxy's own answer; then nothing is forwarded
    silent: bool = False  # created by the proxy: the client does not get the reply
    about: Any = None  # protocol-specific


@dataclass(frozen=True, slots=True)
class Part:
    """Complete frames from the server that belong to the reply to `unit` (None: to no unit)."""

    raw: bytes
    unit: Unit | None = None
    ends: bool = False
    asks: bool = False  # the server waits for more from the client


@dataclass(slots=True)
class Frame:
    """The size of a frame of the server, and what it ends."""

    size: int
    ends: Unit | None = None  # the unit whose reply it completes
    cut: bool = False  # a new part starts after it
    asks: bool = False  # the server waits for more from the client


class Wire(Protocol):
    """The protocol of one connection, without sockets. It never raises; unknown bytes pass unchanged."""

    greets: bool  # the server speaks first
    ready: bool  # the handshake is over
    opaque: bool  # not this protocol: everything passes unchanged

    def from_client(self, data: bytes) -> list[Unit]: ...
    def from_server(self, data: bytes) -> list[Part]: ...
    def sent(self, unit: Unit) -> None:
        """The unit was forwarded: expect its reply."""
        ...

    def error(self, code: int | str, unit: Unit | None, reply: bytes = b"") -> bytes:
        """An error of the server in place of the reply to `unit` (None: at any time), or of the end of `reply`."""
        ...

    def is_last(self, code: int | str) -> bool:
        """True if a server closes the connection after this error."""
        ...

    def consequence(self, unit: Unit, code: int | str) -> Unit | None:
        """What to send to the server so that its transaction is in the state that the client expects after `error`."""
        ...

    def rest(self) -> tuple[bytes, bytes]:
        """The bytes of incomplete frames: from the client, from the server."""
        ...


@dataclass
class Framed(ABC):
    """Cuts both streams into frames; subclasses parse the frames and raise NotTheProtocolError."""

    greets: bool = False
    ready: bool = False
    opaque: bool = False
    _client: bytearray = field(default_factory=bytearray)
    _server: bytearray = field(default_factory=bytearray)
    _waiting: deque[Unit] = field(default_factory=deque)  # forwarded, without a complete reply

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
        """Take every complete unit out of `_client`; raises before taking a part of one."""
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
        """The frame at `start` of `_server`, if it is complete."""
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
