"""A listening socket whose port stays ours while nobody listens: another socket is bound to it all the time.

It accepts by itself: a server of asyncio's that is closed loses connections that it has just accepted, with open sockets.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable

LOOPBACK = "127.0.0.1"
BACKLOG = 256
# What lets two sockets have one port.
SHARED = (socket.SO_REUSEADDR, getattr(socket, "SO_REUSEPORT", socket.SO_REUSEADDR))


class Listener:
    """On a free port of loopback; `close` and `open` as often as one likes, in a loop that watches sockets."""

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
        """Who connects from now on is refused."""
        if self._listening is not None:
            self._loop.remove_reader(self._listening)
            self._listening.close()
            self._listening = None

    def give_up(self) -> None:
        """For good."""
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
