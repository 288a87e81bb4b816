"""The same as httpx_wire for the asynchronous clients, on asyncio and trio."""

import ssl
from collections.abc import AsyncIterator
from functools import partial
from types import ModuleType
from typing import Any

import anyio

from mdt.engine.messages import Fault, Reply
from mdt.inprocess.httpx_wire import Wire, core_of, core_request, pool_options, translated
from mdt.inprocess.script import Script, script


async def over_the_wire(httpx: ModuleType, transport: Any, request: Any, outcome: Reply | Fault) -> Any:
    core = core_of(httpx)
    backend = _Backend(core, script(outcome), tls=request.url.scheme == "https")
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


class _Backend:
    """Opens the stream that plays the script."""

    def __init__(self, core: ModuleType, played: Script, *, tls: bool) -> None:
        self._stream = partial(_Stream, core, played, tls=tls)

    async def connect_tcp(self, *_: Any, **__: Any) -> "_Stream":
        stream = self._stream()
        stream.connect()
        return stream

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(seconds)


class _Stream(Wire):
    """As much of a network stream as httpcore asks for."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        pause = self.pause(timeout)
        if pause.seconds:
            await anyio.sleep(pause.seconds)
        return self.take(pause, max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Nobody listens: the session has seen the request already."""

    async def aclose(self) -> None:
        """Nothing is open."""

    async def start_tls(self, ssl_context: ssl.SSLContext, *_: Any, **__: Any) -> "_Stream":
        self.shake_hands(ssl_context)
        return self
