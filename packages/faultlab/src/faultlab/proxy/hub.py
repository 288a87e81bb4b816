"""The state that all connections of a proxy share, and the thread of its event loop."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from faultlab.language import _
from faultlab.proxy.proxied_connection import Held, ProxiedConnection, State
from faultlab.proxy.rule_registry import RuleRegistry
from faultlab.proxy.rules import How
from faultlab.proxy.sockets import Listener


class Hub:
    """The connections of a proxy; `accept` creates the protocol of an accepted socket."""

    def __init__(
        self, rules: RuleRegistry, upstream: tuple[str, int], accept: "Callable[[Hub], asyncio.Protocol]"
    ) -> None:
        self.rules, self.upstream = rules, upstream
        self._listener = Listener(lambda: accept(self))
        self._connections: set[ProxiedConnection] = set()
        self._held: set[Held] = set()
        self.healing = asyncio.Event()  # set at the next `heal`, then replaced
        self.port = self._listener.port

    # --- for connections
    def add(self, connection: ProxiedConnection) -> bool:
        """Register a connection; False if the port was closed meanwhile."""
        if self._listener.is_open:
            self._connections.add(connection)
        return self._listener.is_open

    def forget(self, connection: ProxiedConnection) -> None:
        self._connections.discard(connection)

    @contextmanager
    def holding(self) -> Iterator[Held]:
        held = Held()
        self._held.add(held)
        try:
            yield held
        finally:
            self._held.discard(held)
            held.over.set()

    # --- for tests
    async def open(self) -> None:
        self._listener.open()

    async def heal(self) -> None:
        self.rules.heal()
        self.healing.set()
        self.healing = asyncio.Event()
        for connection in list(self._connections):
            connection.heal()
        self._listener.open()
        await _sockets_closed()

    async def strike(self, how: How, fault: str, moment: str) -> int:
        struck = [one for one in self._connections if one.state is State.FLOWING and one.client.open]
        if struck and (fault or moment):
            self.rules.note(fault, moment, f"{len(struck)} open connection{'s' * (len(struck) > 1)}")
        for connection in struck:
            STRIKES[how](connection)
        await _sockets_closed()
        return len(struck)

    def cut_off(self) -> None:
        """Close the port and reset every open connection."""
        self._listener.close()
        for connection in list(self._connections):
            if connection.state in (State.FLOWING, State.STALLED):
                connection.end(reset=True)

    async def refuse(self) -> None:
        self.cut_off()
        await _sockets_closed()

    async def release(self, seconds: float) -> int:
        waiting = [held for held in self._held if not held.delivered]
        for held in waiting:
            held.released.set()
        over = [asyncio.ensure_future(held.over.wait()) for held in waiting]
        if over:
            _, late = await asyncio.wait(over, timeout=seconds)
            for task in late:
                task.cancel()
        return len(waiting)

    async def held(self) -> int:
        return sum(not held.delivered for held in self._held)

    async def connections(self) -> int:
        return sum(connection.client.open for connection in self._connections)

    async def close(self) -> None:
        """Close the port for good and end all connections, also those being accepted."""
        self._listener.give_up()
        while self._connections or _other_tasks():
            for connection in list(self._connections):
                connection.end(reset=True)
            await asyncio.wait([asyncio.ensure_future(_sockets_closed()), *_other_tasks()])
        await _sockets_closed()


def _other_tasks() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


async def _sockets_closed() -> None:
    """Give the loop the rounds in which sockets close."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


STRIKES: dict[How, Callable[[ProxiedConnection], None]] = {
    How.RESET: lambda connection: connection.end(reset=True),
    How.FIN: lambda connection: connection.end(reset=False),
    How.STALL: lambda connection: connection.stall(),
}


# --- its thread
ACTIONS = 32  # at the same time


class HubThread:
    """The thread of the event loop: started by the constructor, ended by `stop`."""

    def __init__(self, make: Callable[[], Hub]) -> None:
        self._loop = asyncio.SelectorEventLoop()  # supports add_reader, on Windows too
        self._loop.set_default_executor(ThreadPoolExecutor(ACTIONS, "fault-proxy-action"))
        self._lock, self._stopped = threading.Lock(), False
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)
        self._thread.start()
        try:
            self.hub = self._run(_opened(make))
        except BaseException:
            self._end()
            raise

    def call[T](self, work: Callable[[Hub], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine in the loop; its result."""
        if self._stopped:
            raise RuntimeError(_("the proxy was stopped"))
        return self._run(work(self.hub))

    def _run[T](self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def stop(self) -> None:
        """End the thread, after the actions of rules that still run."""
        with self._lock:
            if not self._stopped:
                self._stopped = True
                self._run(self.hub.close())
                self._end()

    def _end(self) -> None:
        self._run(self._loop.shutdown_default_executor())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def _opened(make: Callable[[], Hub]) -> Hub:
    hub = make()
    await hub.open()
    return hub
