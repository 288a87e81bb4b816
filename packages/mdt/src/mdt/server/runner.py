"""Runs the server, in a thread or as the main program, on uvloop if it is installed."""

import asyncio
import gc
import signal
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from mdt.language import Message, _
from mdt.server.client import Client
from mdt.server.mock_server import MockServer, ServerOptions

SWITCH = 0.0005  # seconds; the event loop gets its turn sooner beside handlers and templates than by Python's default of 0.005


def new_loop(*, fast: bool | None = None) -> asyncio.AbstractEventLoop:
    """A new loop: uvloop if `fast`, asyncio if not, by default uvloop if it is installed."""
    if find_spec("uvloop") is not None if fast is None else fast:
        import uvloop

        return uvloop.new_event_loop()
    return asyncio.new_event_loop()


class LoopThread:
    """A thread with an event loop that runs coroutines for other threads."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None, name: str = "mdt-server") -> None:
        self.loop = loop or new_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def call[T](self, work: Coroutine[Any, Any, T], timeout: float = 30) -> T:
        """Runs it there and waits for its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def stop(self) -> None:
        """Cancels running tasks and ends the thread; also from a thread that runs a loop of its own."""
        if not self._thread.is_alive():
            return
        self.call(_cancel_others())
        self.call(self.loop.shutdown_default_executor())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(10)
        self.loop.close()


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


class Running:
    """A server in a thread."""

    def __init__(self, options: ServerOptions) -> None:
        self._thread = LoopThread()
        try:
            self.server = self._thread.call(_started(options))
        except BaseException:
            self._thread.stop()
            raise

    def client(self) -> Client:
        return Client(self.server.url, self.server.token)

    def stop(self) -> None:
        """Stops the server; it may be called twice."""
        if not self._thread.loop.is_closed():
            self._thread.call(self.server.stop())
            self._thread.stop()


async def _started(options: ServerOptions) -> MockServer:
    server = MockServer(options)
    try:
        await server.start()
    except BaseException:
        await server.stop()
        raise
    return server


def start_in_thread(folder: Path, *, port: int = 0, **options: Any) -> Running:
    """Starts a server in a thread. `options` are those of ServerOptions. Raises the errors of MockServer."""
    return Running(ServerOptions(folder, port=port, **options))


@contextmanager
def serving(folder: Path, *, port: int = 0, **options: Any) -> Iterator[MockServer]:
    """Runs a server for the block."""
    running = start_in_thread(folder, port=port, **options)
    try:
        yield running.server
    finally:
        running.stop()


def main(options: ServerOptions, ready: Callable[[MockServer], None] | None = None) -> int:
    """Serves until SIGINT or SIGTERM; the second one ends it at once. `ready` is called when it listens."""
    loop = new_loop()
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(_until_signal(options, ready or announce))
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        asyncio.set_event_loop(None)
        loop.close()


async def _until_signal(options: ServerOptions, ready: Callable[[MockServer], None]) -> int:
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    now = asyncio.Event()
    on_signals(loop, lambda: _another(asked, now))
    server = await _started(options)
    sys.setswitchinterval(SWITCH)
    gc.freeze()  # loaded objects stay: the garbage collector need not check them
    ready(server)
    if options.duration is not None:
        loop.call_later(options.duration, asked.set)
    await asked.wait()
    stopping = loop.create_task(server.stop())
    at_once = loop.create_task(now.wait())
    await asyncio.wait([stopping, at_once], return_when=asyncio.FIRST_COMPLETED)
    at_once.cancel()
    stopping.cancel()
    return 0


def on_signals(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    """Calls `act` in the loop on SIGINT and SIGTERM. On Windows only Ctrl-C works, through Python's own signals."""
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, act)
        except NotImplementedError:
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(act))


def _another(first: asyncio.Event, second: asyncio.Event) -> None:
    (second if first.is_set() else first).set()


def announce(server: MockServer) -> None:
    """Prints the addresses of the server, and its token this once."""
    lines = [_services(len(server.engine.catalog.services), server.url)]
    if server.tls_url:
        authority = f"{server.url}/_mdt/ca.pem"
        lines.append(_("TLS on {url}   authority: {authority}", url=server.tls_url, authority=authority))
    if server.token:
        page = f"{server.url}/_mdt/#token={server.token}"
        lines.append(_("token: {token}   page with it: {page}", token=server.token, page=page))
    print("\n".join(map(str, lines)), flush=True)  # noqa: T201 - this is what it is for


def _services(count: int, url: str) -> Message:
    if count == 1:
        return _("mdt serves 1 service on {url}   page: {url}/_mdt/", url=url)
    return _("mdt serves {count} services on {url}   page: {url}/_mdt/", count=count, url=url)
