"""The proxy's sockets: the listening one, whose port stays reserved while closed, and the two of each connection."""

import asyncio
import contextlib
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Protocol, cast

LOOPBACK = "127.0.0.1"
BACKLOG = 256
# Options that let two sockets share a port.
SHARED = (socket.SO_REUSEADDR, getattr(socket, "SO_REUSEPORT", socket.SO_REUSEADDR))


class Listener:
    """Listens on a free port of 127.0.0.1, which `close` and `open` keep."""

    def __init__(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._reserved = _bound(0)
        self._listening: socket.socket | None = None
        self._accepted: set[asyncio.Task[object]] = set()
        self.port: int = self._reserved.getsockname()[1]

    @property
    def is_open(self) -> bool:
        return self._listening is not None

    def open(self) -> None:
        if self._listening is None:
            self._listening = _bound(self.port)
            self._listening.listen(BACKLOG)
            self._loop.add_reader(self._listening, self._accept, self._listening)

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            while True:
                sock, _ = listening.accept()
                sock.setblocking(False)
                task = self._loop.create_task(self._loop.connect_accepted_socket(self._protocol, sock))
                self._accepted.add(task)
                task.add_done_callback(self._accepted.discard)

    def close(self) -> None:
        """Refuse new connections."""
        if self._listening is not None:
            self._loop.remove_reader(self._listening)
            self._listening.close()
            self._listening = None

    def give_up(self) -> None:
        """Close, and free the port."""
        self.close()
        self._reserved.close()


def _bound(port: int) -> socket.socket:
    with contextlib.ExitStack() as stack:
        made = stack.enter_context(socket.socket())
        for option in SHARED:
            made.setsockopt(socket.SOL_SOCKET, option, 1)
        made.setblocking(False)
        made.bind((LOOPBACK, port))
        stack.pop_all()
    return made


# --- of a connection
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: close by RST, discard unsent bytes
DELIVERY = 2.0  # seconds to send bytes before a reset
POLL = 0.001  # seconds
SIOCOUTQNSD = 0x894B  # Linux, sockios.h


class Owner(Protocol):
    """The connection of a socket, which gets its events."""

    def opened(self, end: "PeerSocket") -> None: ...
    def received(self, end: "PeerSocket", data: bytes) -> None: ...
    def lost(self, end: "PeerSocket", *, reset: bool) -> None: ...
    def congested(self, end: "PeerSocket", *, congested: bool) -> None: ...


class PeerSocket(asyncio.Protocol):
    """One of the two sockets of a connection; reports its events to the owner."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._transport: asyncio.Transport | None = None
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.open = True
        self._owner.opened(self)

    def data_received(self, data: bytes) -> None:
        self._owner.received(self, data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        self._owner.lost(self, reset=exc is not None)

    def pause_writing(self) -> None:
        self._owner.congested(self, congested=True)

    def resume_writing(self) -> None:
        self._owner.congested(self, congested=False)

    def write(self, data: bytes) -> None:
        if self._transport and data and not self._transport.is_closing():
            self._transport.write(data)

    def read(self, *, on: bool) -> None:
        """Start or stop reading."""
        if self._transport and not self._transport.is_closing():
            (self._transport.resume_reading if on else self._transport.pause_reading)()

    def fin(self) -> None:
        """Close with FIN after sending what was written."""
        if self._transport and not self._transport.is_closing():
            self._transport.close()

    def reset(self) -> None:
        """Close with RST at once, even while `fin` is under way."""
        if self._transport and self.open:
            self._socket().setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self._transport.abort()

    async def arrived(self) -> None:
        """Wait until the kernel has sent everything, because a reset discards the rest."""
        until = time.monotonic() + DELIVERY
        while self.open and self._unsent() and time.monotonic() < until:  # noqa: ASYNC110 - the kernel sends no event
            await asyncio.sleep(POLL)

    def _unsent(self) -> int:
        waiting = self._transport.get_write_buffer_size() if self._transport else 0
        return waiting or _unsent(self._socket())

    def _socket(self) -> socket.socket:
        return cast("socket.socket", cast("asyncio.Transport", self._transport).get_extra_info("socket"))


def _unsent(sock: socket.socket) -> int:
    """Unsent bytes in the kernel; 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0  # pragma: no cover - another system
    import fcntl

    return int.from_bytes(fcntl.ioctl(sock.fileno(), SIOCOUTQNSD, b"\0" * 4), sys.byteorder)
