"""A provider of a few lines: it reads one request after the other, and a script writes the bytes of each answer."""

import asyncio
import json
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

type Script = Callable[["Call"], Awaitable[None]]


@dataclass
class Call:
    """One request as it came, and the connection on which to answer it."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes
    writer: asyncio.StreamWriter
    reader: asyncio.StreamReader
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def body(self) -> Any:
        return json.loads(self.raw)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, status: int, content_type: str, *headers: str) -> None:
        lines = [f"HTTP/1.1 {status} X", f"content-type: {content_type}", "transfer-encoding: chunked", *headers]
        await self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    async def chunk(self, data: bytes) -> None:
        await self.send(b"%x\r\n%b\r\n" % (len(data), data))

    async def end(self) -> None:
        await self.send(b"0\r\n\r\n")

    def reset(self) -> None:
        """A TCP reset, no orderly end."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def silence(self) -> None:
        """Say nothing until the balancer leaves."""
        await self.reader.read()
        self.gone.set()


class RawUpstream:
    """`scripts` answer the first calls one by one; the last one answers all that follow."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.scripts: Sequence[Script] = scripts
        self.calls: list[Call] = []
        self.called = asyncio.Event()
        self.connections = 0
        self.open = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"
        self._tasks: set[asyncio.Task] = set()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        self.connections += 1
        self.open += 1
        try:
            while call := await self._read(reader, writer):
                self.calls.append(call)
                self.called.set()
                await self.scripts[min(len(self.calls), len(self.scripts)) - 1](call)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            writer.close()
            self._tasks.discard(asyncio.current_task())

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Call | None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        first, *lines = head.rstrip("\r\n").split("\r\n")
        method, path, _ = first.split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        return Call(method, path, headers, raw, writer, reader)


def whole(body: Any, status: int = 200, *headers: str, content_type: str = "application/json") -> Script:
    """An answer in one piece; `body` is bytes, or a value that becomes JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def script(call: Call) -> None:
        lines = [f"HTTP/1.1 {status} X", f"content-type: {content_type}", f"content-length: {len(raw)}", *headers]
        await call.send(("\r\n".join(lines) + "\r\n\r\n").encode() + raw)

    return script


def stream(*pieces: bytes, end: bool = True) -> Script:
    """A stream of these pieces, each in a chunk of its own; without `end` the connection breaks off after them."""

    async def script(call: Call) -> None:
        await call.head(200, "text/event-stream")
        for piece in pieces:
            await call.chunk(piece)
        if end:
            await call.end()
        else:
            raise ConnectionError

    return script


async def reset(call: Call) -> None:
    call.reset()


async def silent(call: Call) -> None:
    await call.silence()
