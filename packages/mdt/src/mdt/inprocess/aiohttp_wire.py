"""A scripted connection for aiohttp: reads the request that is written to it, and plays the session's answer."""

import asyncio
import ssl
from contextvars import Context
from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from mdt.engine.messages import Passthrough, Reply, Request
from mdt.errors import MdtError
from mdt.inprocess.answer_tap import AnswerTap
from mdt.inprocess.dispatch import DEFAULT_PORTS, answer, passing, split
from mdt.inprocess.script import End, Script, script

PIECE = 64 * 1024
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class RequestReader:
    """Expects a well-formed request. `complete` is true after its last byte."""

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}
        self.body = b""
        self.complete = False
        self.expects_continue = False
        self._data = bytearray()
        self._lines: list[bytes] = []
        self._pieces: list[bytes] = []

    def feed(self, data: bytes) -> None:
        self._data += data
        if not self._lines and not self._read_head():
            return
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            while self._read_chunk():
                pass
        elif len(self._data) >= int(self.headers.get("content-length", 0)):
            self._end(bytes(self._data))
        if self.complete:
            self.expects_continue = False

    def _read_head(self) -> bool:
        head, end, rest = self._data.partition(b"\r\n\r\n")
        if not end:
            return False
        self._lines = bytes(head).split(b"\r\n")
        for line in self._lines[1:]:
            name, _, value = line.decode("utf-8", "replace").partition(":")
            name, value = name.strip().lower(), value.strip()
            self.headers[name] = f"{self.headers[name]}, {value}" if name in self.headers else value
        self._data = rest
        self.expects_continue = self.headers.get("expect", "").lower() == "100-continue"
        return True

    def _read_chunk(self) -> bool:
        line, end, rest = self._data.partition(b"\r\n")
        size = int(line.partition(b";")[0], 16) if end else 0
        if not end or len(rest) < size + 2:
            return False
        if size == 0:
            self._end(b"".join(self._pieces))
            return False
        self._pieces.append(bytes(rest[:size]))
        self._data = rest[size + 2 :]
        return True

    def _end(self, body: bytes) -> None:
        self.body = body
        self.complete = True

    def readdressed(self, method: str, target: str, host: str) -> bytes:
        """The request's bytes for another address, with `connection: close`."""
        dropped = (b"host", b"connection", b"content-length", b"transfer-encoding", b"expect")
        kept = [line for line in self._lines[1:] if line.partition(b":")[0].strip().lower() not in dropped]
        own = [f"{method} {target} HTTP/1.1", f"host: {host}", "connection: close", f"content-length: {len(self.body)}"]
        return b"\r\n".join([*(line.encode() for line in own), *kept, b"", b""]) + self.body


def _aiohttp() -> ModuleType:
    return import_module("aiohttp")


class Wire(asyncio.Transport):
    """The parts of a transport that aiohttp uses."""

    def __init__(self, protocol: Any, req: Any, loop: asyncio.AbstractEventLoop, context: Context) -> None:
        super().__init__()
        self._protocol = protocol
        self._req = req
        self._loop = loop
        self._context = context  # the caller's context, which holds the session
        self._reader = RequestReader()
        self._task: asyncio.Task[None] | None = None
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._closing = False

    def write(self, data: Any) -> None:
        if self._closing or self._task is not None:
            return
        self._reader.feed(bytes(data))
        if self._reader.expects_continue:
            self._reader.expects_continue = False
            self._loop.call_soon(self._protocol.data_received, CONTINUE)
        if self._reader.complete:
            self._task = self._loop.create_task(self._answered(), context=self._context)

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def pause_reading(self) -> None:
        self._flowing.clear()

    def resume_reading(self) -> None:
        self._flowing.set()

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if not self._closing:
            if self._task is not None:
                self._task.cancel()
            self._loop.call_soon(self._lost, None)

    def abort(self) -> None:
        self.close()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def get_write_buffer_size(self) -> int:
        return 0

    async def _answered(self) -> None:
        try:
            outcome = answer(self._request())
            if outcome is None or isinstance(outcome, Passthrough):
                await self._relay(self._req.url if outcome is None else outcome.url, outcome)
            else:
                played = script(outcome, self._req.method)
                await (self._refused(played) or self._play(played, ends=not isinstance(outcome, Reply)))
        except MdtError as error:
            self._protocol.set_exception(error)

    def _request(self) -> Request:
        url, host, path, query = split(str(self._req.url))
        reader = self._reader
        return Request(self._req.method.upper(), url, host, path, query, reader.headers, reader.body)

    def _refused(self, played: Script) -> Any:
        """Fails the TLS handshake, unless the client does not check certificates."""
        given = self._req.ssl
        unchecked = given is False or (isinstance(given, ssl.SSLContext) and given.verify_mode is ssl.CERT_NONE)
        return None if played.refused is None or unchecked else self._fail(played.refused)

    async def _fail(self, error: ssl.SSLError) -> None:
        self._protocol.set_exception(_aiohttp().ClientConnectorCertificateError(self._req.connection_key, error))

    async def _play(self, played: Script, *, ends: bool) -> None:
        """Plays the script; `ends` closes the connection after it, as faults do."""
        for step in played.steps:
            await asyncio.sleep(step.delay)
            await self._feed(step.data)
        if ends and played.end is not End.SILENCE:
            self._lost(ConnectionResetError("Connection reset by peer") if played.end is End.RESET else None)

    async def _feed(self, data: bytes) -> None:
        for at in range(0, len(data), PIECE):
            await self._flowing.wait()
            self._protocol.data_received(data[at : at + PIECE])

    def _lost(self, error: Exception | None) -> None:
        if self._closing:
            return
        self._closing = True
        if error is None:
            self._protocol.eof_received()
        self._protocol.connection_lost(error)

    async def _relay(self, url: Any, outcome: Passthrough | None) -> None:
        """Sends the request to the real service over a new connection, and passes the answer on."""
        parts = urlsplit(str(url))
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        secure = None
        if parts.scheme == "https":
            secure = self._req.ssl if isinstance(self._req.ssl, ssl.SSLContext) else ssl.create_default_context()
        try:
            with passing(outcome):
                source, sink = await asyncio.open_connection(parts.hostname, port, ssl=secure)
        except OSError as error:
            self._protocol.set_exception(_aiohttp().ClientConnectorError(self._req.connection_key, error))
            return
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        sink.write(self._reader.readdressed(self._req.method, target, parts.netloc.rpartition("@")[2]))
        heard = AnswerTap(outcome.listener, self._req.method) if outcome and outcome.listener else None
        try:
            await self._passed_on(source, heard)
        finally:
            sink.close()

    async def _passed_on(self, source: asyncio.StreamReader, heard: AnswerTap | None) -> None:
        try:
            while data := await source.read(PIECE):
                if heard:
                    heard.feed(data)
                await self._feed(data)
            self._lost(None)
        except OSError as error:
            self._lost(error)
        finally:
            if heard:
                heard.end()
