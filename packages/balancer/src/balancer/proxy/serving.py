"""Runs the balancer as a process: opens the socket, serves until a signal, and lets requests under way finish."""

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import count
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from balancer.proxy.admin.control import Control
from balancer.proxy.admin.views import admin_routes
from balancer.proxy.app import create_app
from balancer.proxy.config import Config
from balancer.proxy.connection import AbortableProtocol

log = logging.getLogger("balancer")
BACKLOG = 2048
KEEP_ALIVE = 120  # seconds; longer than clients keep an idle connection, or one would send a request into its end
TICK = 0.1  # seconds; uvicorn counts ten to write a new date into its headers


class SocketError(Exception):
    """The address cannot be listened on. The text says why, and what to do."""


class TestClock:
    """Monotonic seconds that a test may move on."""

    __test__ = False  # no test case, in spite of its name

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


def create_service(config: Config, path: str, *, test_control: bool = False) -> Starlette:
    """The balancer with its admin paths; `app.state.control` is its Control."""
    clock = TestClock()
    app = create_app(
        config, clock=clock if test_control else time.monotonic, routes=admin_routes(test_control=test_control)
    )
    app.state.advance = clock.advance
    app.state.control = Control(app.state.runtime, path)
    return app


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises SocketError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
        opened.listen(BACKLOG)
    except OSError as error:
        opened.close()
        raise SocketError(f"{host}:{port} cannot be listened on: {_reason(error)}") from None
    return opened


def _reason(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the port is in use. Choose another with --port, or 0 for any that is free"
    return error.strerror or str(error)


def handed_over(descriptor: int) -> socket.socket:
    """The listening socket that the parent process opened. Raises SocketError."""
    try:
        taken = socket.socket(fileno=descriptor)
        listens = taken.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise SocketError(f"File descriptor {descriptor} is no socket: {error.strerror}") from None
    if not listens:
        taken.detach()
        raise SocketError(f"The socket with file descriptor {descriptor} does not listen.")
    return taken


class Server(uvicorn.Server):
    """uvicorn's server, which ends at once if nobody is connected. uvicorn itself takes a fifth of a second for that."""

    _stopping: Callable[[], object] = staticmethod(lambda: None)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._stopping()

    async def main_loop(self) -> None:
        """Ticks as uvicorn's does, and hears of a signal at once."""
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()
        self._stopping = partial(loop.call_soon_threadsafe, stopping.set)
        ticks = count()
        while not await self.on_tick(next(ticks)):
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK):
                    await stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for one in (*self.servers, *(sockets or ())):
            one.close()
        await self.lifespan.shutdown()


def server_of(app: Starlette) -> Server:
    """The HTTP server for the application, with the protocol that can abort an answer."""
    settings = app.state.runtime.config.settings
    return Server(
        uvicorn.Config(
            app,
            http=AbortableProtocol,
            ws="none",
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=int(settings.shutdown_timeout),
        )
    )


def serve(app: Starlette, opened: socket.socket) -> None:
    """Serves until SIGTERM or SIGINT."""
    server = server_of(app)
    gc.freeze()  # what the process has loaded stays: the collector need not look at it again
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises the signal again when it has stopped
    signal.signal(signal.SIGINT, lambda *_: None)
    uvicorn_loop = server.config.get_loop_factory()
    asyncio.run(_serve(app.state.control, server, opened), loop_factory=uvicorn_loop)


def url_of(opened: socket.socket) -> str:
    host, port = opened.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


async def _serve(control: Control, server: uvicorn.Server, opened: socket.socket) -> None:
    log.info("The balancer listens.", extra={"fields": {"url": url_of(opened), "config": str(control.path)}})
    async with sharing(control), control.watching():
        await server.serve(sockets=[opened])


@asynccontextmanager
async def sharing(control: Control) -> AsyncIterator[None]:
    """Shares health and flights with other replicas while the block runs, if REDIS_URL is set."""
    if not (url := os.environ.get("REDIS_URL")):
        yield
        return
    from balancer.proxy.shared_flights import SharedFlights  # these need the extra `redis`
    from balancer.proxy.sharing import Sharing

    control.sharing = Sharing(control.runtime.health, url)
    async with control.sharing.running(), SharedFlights(control.runtime.deduplication, url).running():
        yield
