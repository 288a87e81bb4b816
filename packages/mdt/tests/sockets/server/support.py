"""What the server's tests share: a site that answers from a table, and a client that speaks raw bytes."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Self

from mdt.engine.messages import FaultKind
from mdt.server.exchange import Incoming, Limits, Listener, ServerAnswer
from mdt.server.http_server import HttpServer, port_of
from mdt.server.runner import LoopThread, new_loop


@dataclass
class Table:
    """Answers by path; `seen` has every request that came."""

    answers: dict[str, ServerAnswer | Callable[[Incoming], ServerAnswer]]
    seen: list[Incoming] = field(default_factory=list)

    def answer(self, incoming: Incoming, listener: Listener, certificate: FaultKind | None) -> ServerAnswer:
        self.seen.append(incoming)
        answer = self.answers[incoming.target.partition("?")[0]]
        return answer(incoming) if callable(answer) else answer


@dataclass
class Started:
    """A server in a thread."""

    thread: LoopThread
    server: HttpServer
    port: int
    site: Table

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connections(self) -> int:
        return len(self.server._connections)

    def tasks(self) -> int:
        """Tasks of the loop, without the one that counts."""

        async def count() -> int:
            return len(asyncio.all_tasks()) - 1

        return self.thread.call(count())

    def stop(self) -> None:
        self.thread.call(self.server.stop())


@contextlib.contextmanager
def started(answers: dict, limits: Limits | None = None, *, fast: bool | None = None) -> Iterator[Started]:
    site = Table(answers)
    thread = LoopThread(new_loop(fast=fast))

    async def start() -> tuple[HttpServer, int]:
        server = HttpServer(site, limits or Limits(grace_seconds=0.2))
        return server, port_of(await server.listen("127.0.0.1", 0))

    try:
        server, port = thread.call(start())
        yield Started(thread, server, port, site)
        thread.call(server.stop())
    finally:
        thread.stop()


class Raw:
    """A socket that reads to the end, or as many bytes as are asked for."""

    def __init__(self, port: int, timeout: float = 10) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)

    def send(self, *parts: bytes) -> "Raw":
        for part in parts:
            self.socket.sendall(part)
        return self

    def until(self, end: bytes) -> bytes:
        """Reads until this has come."""
        data = b""
        while end not in data:
            piece = self.socket.recv(65536)
            assert piece, f"the server closed after {data!r}"
            data += piece
        return data

    def rest(self) -> bytes:
        """Everything until the server closes."""
        pieces = []
        while piece := self.socket.recv(65536):
            pieces.append(piece)
        return b"".join(pieces)

    def silent(self, seconds: float) -> bool:
        """Whether nothing comes for so long."""
        self.socket.settimeout(seconds)
        try:
            return self.socket.recv(1) is None
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(10)

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def get(path: str, *headers: str, method: str = "GET", version: str = "1.1") -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: mocks.test", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def post(path: str, body: bytes, *headers: str) -> bytes:
    return get(path, f"Content-Length: {len(body)}", *headers, method="POST") + body
