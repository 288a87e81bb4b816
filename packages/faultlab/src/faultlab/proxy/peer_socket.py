"""One of a connection's two sockets: writes, and closes by FIN or by RST as asked."""

import asyncio
import socket
import struct
import sys
import time
from typing import Protocol, cast

AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: close by RST, and drop what is unsent
DELIVERY = 2.0  # seconds for bytes to leave before a reset
POLL = 0.001  # seconds
SIOCOUTQNSD = 0x894B  # Linux, sockios.h


class Owner(Protocol):
    """The connection that the socket belongs to."""

    def opened(self, end: "PeerSocket") -> None: ...
    def received(self, end: "PeerSocket", data: bytes) -> None: ...
    def lost(self, end: "PeerSocket", *, reset: bool) -> None: ...
    def congested(self, end: "PeerSocket", *, congested: bool) -> None: ...


class PeerSocket(asyncio.Protocol):
    """Reports to its owner whatever happens to it."""

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
        """Read from the socket, or stop reading."""
        if self._transport and not self._transport.is_closing():
            (self._transport.resume_reading if on else self._transport.pause_reading)()

    def fin(self) -> None:
        """Close in order, after what was written."""
        if self._transport and not self._transport.is_closing():
            self._transport.close()

    def reset(self) -> None:
        """Reset at once, even while it closes in order."""
        if self._transport and self.open:
            self._socket().setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self._transport.abort()

    async def arrived(self) -> None:
        """Wait until the kernel has sent everything: a reset drops what it has not."""
        until = time.monotonic() + DELIVERY
        while self.open and self._unsent() and time.monotonic() < until:  # noqa: ASYNC110 - the kernel sends no event
            await asyncio.sleep(POLL)

    def _unsent(self) -> int:
        waiting = self._transport.get_write_buffer_size() if self._transport else 0
        return waiting or _unsent(self._socket())

    def _socket(self) -> socket.socket:
        return cast("socket.socket", cast("asyncio.Transport", self._transport).get_extra_info("socket"))


def _unsent(sock: socket.socket) -> int:
    """Bytes that the kernel has not sent yet, on systems that say."""
    if sys.platform != "linux":
        return 0  # pragma: no cover - another system
    import fcntl

    return int.from_bytes(fcntl.ioctl(sock.fileno(), SIOCOUTQNSD, b"\0" * 4), sys.byteorder)
