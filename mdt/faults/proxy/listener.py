"""A listening socket whose port stays ours while nobody listens: another socket is bound to it all the time."""

import asyncio
import socket
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
BACKLOG = 256


class Listener:
    """On a free port of loopback; `close` and `open` as often as one likes."""

    def __init__(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        self._protocol = protocol
        self._reserved = _bound(0)
        self._server: asyncio.Server | None = None
        self.port: int = self._reserved.getsockname()[1]

    @property
    def is_open(self) -> bool:
        return self._server is not None

    async def open(self) -> None:
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(self._protocol, sock=_bound(self.port), backlog=BACKLOG)

    def close(self) -> None:
        """Who connects from now on is refused."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def give_up(self) -> None:
        """For good."""
        self.close()
        self._reserved.close()


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    try:
        for option in ("SO_REUSEADDR", "SO_REUSEPORT"):
            if hasattr(socket, option):
                made.setsockopt(socket.SOL_SOCKET, getattr(socket, option), 1)
        made.bind((LOOPBACK, port))
    except OSError:
        made.close()
        raise
    return made
