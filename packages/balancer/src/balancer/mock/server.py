"""The mock server: in a thread for tests, or as a program."""

import asyncio
import secrets
import ssl
from collections.abc import Callable
from typing import Self

from mdt.server.addresses import is_loopback, origin
from mdt.server.exchange import Limits, Listener
from mdt.server.http_server import HttpServer, port_of
from mdt.server.runner import LoopThread, new_loop, on_signals

from balancer.mock.calls import MAX_BODY
from balancer.mock.listeners import Listeners
from balancer.mock.metrics import Metrics
from balancer.mock.namespaces import Namespaces
from balancer.mock.site import MockSite

PORT = 8998
LIMITS = Limits(body=2 * MAX_BODY, timeout_fault=3600, connections=4000, grace_seconds=1, half_close=False)
PURGE_SECONDS = 30.0


class MockServer:
    """The server of one event loop. Create it inside the loop."""

    def __init__(self, host: str = "127.0.0.1", token: str | None = None) -> None:
        self.host = host
        self.token = token or (None if is_loopback(host) else secrets.token_urlsafe(24))
        self.port = 0
        self.namespaces = Namespaces()
        self.metrics = Metrics()
        self._listeners = Listeners(self.namespaces, self.metrics, host, self._listen, self._close)
        self._server = HttpServer(MockSite(self.namespaces, self._listeners, self.metrics, self.token), LIMITS)

    async def start(self, port: int = PORT) -> None:
        """Returns when it listens; port 0 is any free one. Raises MdtError if the address cannot be used."""
        listener = Listener(refuses_tls=lambda: self.metrics.count("tls_handshakes"))
        self.port = port_of(await self._server.listen(self.host, port, listener))
        self._purge()

    @property
    def url(self) -> str:
        return origin(self.host, self.port)

    async def stop(self) -> None:
        self._listeners.close()
        await self._server.stop()

    def _purge(self) -> None:
        self.namespaces.purge()
        self._listeners.close_gone()
        self._server.loop.call_later(PURGE_SECONDS, self._purge)

    async def _listen(self, listener: Listener, context: ssl.SSLContext | None) -> asyncio.Server:
        return await self._server.listen(self.host, 0, listener, context)

    def _close(self, server: asyncio.Server) -> None:
        self._server.close(server)


class MockProviders:
    """The mock server in a thread: `with MockProviders() as mock: mock.url`."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, token: str | None = None) -> None:
        self._host = host
        self._port = port
        self._token = token
        self._thread: LoopThread | None = None
        self._server: MockServer | None = None

    def start(self) -> Self:
        """Raises MdtError if the address cannot be used."""
        self._thread = LoopThread(name="mock-providers")
        try:
            self._server = self._thread.call(_started(self._host, self._port, self._token))
        except BaseException:
            self._thread.stop()
            raise
        return self

    @property
    def url(self) -> str:
        return self.server.url

    @property
    def server(self) -> MockServer:
        if self._server is None:
            raise RuntimeError("The mock server was not started")
        return self._server

    def stop(self) -> None:
        """Ends it; it may be called twice."""
        if self._thread is not None and self._server is not None:
            self._thread.call(self._server.stop())
            self._thread.stop()
            self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


async def _started(host: str, port: int, token: str | None) -> MockServer:
    server = MockServer(host, token)
    try:
        await server.start(port)
    except BaseException:
        await server.stop()
        raise
    return server


def main(
    host: str = "127.0.0.1",
    port: int = PORT,
    *,
    token: str | None = None,
    ready: Callable[[MockServer], None],
    stopping: Callable[[MockServer], None] | None = None,
) -> None:
    """Serves until SIGINT or SIGTERM. `ready` is called when it listens, `stopping` before it ends."""
    loop = new_loop()
    try:
        loop.run_until_complete(_until_signal(host, port, token, ready, stopping))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _until_signal(
    host: str,
    port: int,
    token: str | None,
    ready: Callable[[MockServer], None],
    stopping: Callable[[MockServer], None] | None,
) -> None:
    asked = asyncio.Event()
    on_signals(asyncio.get_running_loop(), asked.set)
    server = await _started(host, port, token)
    try:
        ready(server)
        await asked.wait()
        if stopping is not None:
            stopping(server)
    finally:
        await server.stop()
