"""Plays delays, chunks and faults for httpx and httpx2: httpcore reads them from a scripted stream.

The asynchronous classes run on asyncio and trio.
"""

import ssl
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from types import ModuleType
from typing import Any

import anyio

from mdt.engine.messages import Fault, Reply
from mdt.inprocess.script import Pause, Playback, Script, script


def core_of(httpx: ModuleType) -> ModuleType:
    """The core library: httpcore for httpx, httpcore2 for httpx2."""
    return import_module(httpx.__name__.replace("httpx", "httpcore"))


def over_the_wire(httpx: ModuleType, transport: Any, request: Any, outcome: Reply | Fault) -> Any:
    core = core_of(httpx)
    backend = _Backend(core, script(outcome, request.method), tls=request.url.scheme == "https")
    pool = core.ConnectionPool(network_backend=backend, **pool_options(transport))
    with translated(httpx, core):
        answered = pool.handle_request(core_request(core, request))

    class Stream(httpx.SyncByteStream):  # type: ignore[misc, name-defined]
        """httpcore's stream, with httpx's errors."""

        def __iter__(self) -> Iterator[bytes]:
            with translated(httpx, core):
                yield from answered.stream

        def close(self) -> None:
            answered.close()
            pool.close()

    return httpx.Response(answered.status, headers=answered.headers, stream=Stream(), extensions=answered.extensions)


def pool_options(transport: Any) -> dict[str, Any]:
    """The options to copy from the transport's pool: whether it checks certificates, and its connection retries."""
    pool = getattr(transport, "_pool", None)
    context = getattr(pool, "_ssl_context", None) or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return {"ssl_context": context, "retries": getattr(pool, "_retries", 0)}


def core_request(core: ModuleType, request: Any) -> Any:
    url = request.url
    target = core.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    return core.Request(
        request.method, target, headers=request.headers.raw, content=request.stream, extensions=request.extensions
    )


@contextmanager
def translated(httpx: ModuleType, core: ModuleType) -> Iterator[None]:
    """Turns errors of httpcore into those of httpx."""
    try:
        yield
    except (core.TimeoutException, core.NetworkError, core.ProtocolError) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error


def refused(core: ModuleType, played: Script, context: ssl.SSLContext | None) -> Exception | None:
    """The error of the TLS handshake; None if the client does not check certificates."""
    if not played.refused or (context is not None and context.verify_mode is ssl.CERT_NONE):
        return None
    error = core.ConnectError(str(played.refused))
    error.__cause__ = played.refused
    return error  # type: ignore[no-any-return]


class Wire:
    """A scripted connection: the common part of the synchronous and the asynchronous stream."""

    def __init__(self, core: ModuleType, played: Script, *, tls: bool) -> None:
        self.core = core
        self._script = played
        self._tls = tls
        self._playback = Playback(played)

    def connect(self) -> None:
        """Connects. A TLS fault fails a connection without TLS too."""
        if not self._tls:
            self.shake_hands(None)

    def shake_hands(self, context: ssl.SSLContext | None) -> None:
        if error := refused(self.core, self._script, context):
            raise error

    def pause(self, timeout: float | None) -> Pause:
        return self._playback.pause(timeout)

    def take(self, pause: Pause, limit: int) -> bytes:
        """The bytes after the pause."""
        if pause.late:
            raise self.core.ReadTimeout("timed out")
        try:
            return self._playback.take(limit)
        except ConnectionResetError as error:
            raise self.core.ReadError(str(error)) from error

    def get_extra_info(self, info: str) -> Any:
        return None


class _Backend:
    """Opens the stream that plays the script."""

    def __init__(self, core: ModuleType, played: Script, *, tls: bool) -> None:
        self._stream = partial(_Stream, core, played, tls=tls)

    def connect_tcp(self, *_: Any, **__: Any) -> "_Stream":
        stream = self._stream()
        stream.connect()
        return stream

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)


class _Stream(Wire):
    """The parts of a network stream that httpcore uses."""

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        pause = self.pause(timeout)
        if pause.seconds:
            time.sleep(pause.seconds)
        return self.take(pause, max_bytes)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Does nothing: the session has the request already."""

    def close(self) -> None:
        """Does nothing: no connection is open."""

    def start_tls(self, ssl_context: ssl.SSLContext, *_: Any, **__: Any) -> "_Stream":
        self.shake_hands(ssl_context)
        return self


async def over_the_wire_async(httpx: ModuleType, transport: Any, request: Any, outcome: Reply | Fault) -> Any:
    core = core_of(httpx)
    backend = _AsyncBackend(core, script(outcome, request.method), tls=request.url.scheme == "https")
    pool = core.AsyncConnectionPool(network_backend=backend, **pool_options(transport))
    with translated(httpx, core):
        answered = await pool.handle_async_request(core_request(core, request))

    class Stream(httpx.AsyncByteStream):  # type: ignore[misc, name-defined]
        """httpcore's stream, with httpx's errors."""

        async def __aiter__(self) -> AsyncIterator[bytes]:
            with translated(httpx, core):
                async for data in answered.stream:
                    yield data

        async def aclose(self) -> None:
            await answered.aclose()
            await pool.aclose()

    return httpx.Response(answered.status, headers=answered.headers, stream=Stream(), extensions=answered.extensions)


class _AsyncBackend:
    """Opens the stream that plays the script."""

    def __init__(self, core: ModuleType, played: Script, *, tls: bool) -> None:
        self._stream = partial(_AsyncStream, core, played, tls=tls)

    async def connect_tcp(self, *_: Any, **__: Any) -> "_AsyncStream":
        stream = self._stream()
        stream.connect()
        return stream

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class _AsyncStream(Wire):
    """The parts of a network stream that httpcore uses."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        pause = self.pause(timeout)
        if pause.seconds:
            await anyio.sleep(pause.seconds)
        return self.take(pause, max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Does nothing: the session has the request already."""

    async def aclose(self) -> None:
        """Does nothing: no connection is open."""

    async def start_tls(self, ssl_context: ssl.SSLContext, *_: Any, **__: Any) -> "_AsyncStream":
        self.shake_hands(ssl_context)
        return self
