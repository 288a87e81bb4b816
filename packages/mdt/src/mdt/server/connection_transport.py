"""The transport side of a connection: its deadlines, its flow control, and how it ends."""

import asyncio
import socket
import struct
import sys
from typing import Protocol, cast

from mdt.server.exchange import Limits

NEVER = float("inf")
RESET = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)  # SO_LINGER without time: closing sends RST


class Timekeeper(Protocol):
    """The server's limits and the time of its loop."""

    limits: Limits
    now: float


class ConnectionTransport(asyncio.Protocol):
    """The base of Connection, which reads requests and answers them."""

    def __init__(self, server: Timekeeper) -> None:
        self._server = server
        self._writable: asyncio.Event | None = None  # exists while the client does not read
        self._write_deadline = self._deadline = NEVER
        self._deaf = False  # drops all further input
        self.transport: asyncio.Transport = cast("asyncio.Transport", None)  # until connection_made

    @property
    def limits(self) -> Limits:
        return self._server.limits

    def reading_head(self) -> None:
        self._deadline = self._server.now + self._server.limits.head_seconds

    def reading_body(self) -> None:
        self._deadline = self._server.now + self._server.limits.body_seconds

    def close(self) -> None:
        self._deaf = True
        self.transport.close()

    def reset(self) -> None:
        """Ends the connection with RST."""
        self._deaf = True
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()

    def _linger(self) -> None:
        """Gives a client that still sends time to read the answer: closing at once would reset the connection."""
        self._deaf = True
        if self.transport.can_write_eof():
            self._deadline = self._server.now + self._server.limits.linger_seconds
            self.transport.write_eof()
        else:
            self.transport.close()

    def pause_writing(self) -> None:
        self._writable = asyncio.Event()
        self._write_deadline = self._server.now + self._server.limits.write_seconds

    def resume_writing(self) -> None:
        writable, self._writable = self._writable, None
        self._write_deadline = NEVER
        if writable is not None:
            writable.set()

    async def drain(self) -> None:
        """Waits until the client has read most of what was written. Raises ConnectionResetError if it has left."""
        if self._writable is not None:
            await self._writable.wait()
        if self.transport.is_closing():
            raise ConnectionResetError("the client has left")
