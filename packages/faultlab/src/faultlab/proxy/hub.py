"""What the connections share, in the proxy's own thread: only the event loop calls it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from faultlab.proxy.book import Book
from faultlab.proxy.connection import Connection
from faultlab.proxy.listener import Listener
from faultlab.proxy.rules import How
from faultlab.proxy.states import State
from faultlab.proxy.wire import Wire


class Held:
    """Something that is delivered late."""

    def __init__(self) -> None:
        self.released, self.over = asyncio.Event(), asyncio.Event()
        self.delivered = False


class Hub:
    """Listens from `open` on."""

    def __init__(self, book: Book, wire: Callable[[], Wire], upstream: tuple[str, int]) -> None:
        self.book, self.upstream = book, upstream
        self._listener = Listener(lambda: Connection(self, wire()).client)
        self._connections: set[Connection] = set()
        self._held: set[Held] = set()
        self.healing = asyncio.Event()  # set once, at the next `heal`
        self.port = self._listener.port

    # --- for connections
    def add(self, connection: Connection) -> bool:
        """False: it came too late, nobody listens any more."""
        if self._listener.is_open:
            self._connections.add(connection)
        return self._listener.is_open

    def forget(self, connection: Connection) -> None:
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

    # --- for whoever tests
    async def open(self) -> None:
        self._listener.open()

    async def heal(self) -> None:
        self.book.heal()
        self.healing.set()
        self.healing = asyncio.Event()
        for connection in list(self._connections):
            connection.heal()
        self._listener.open()
        await _sockets_closed()

    async def strike(self, how: How, fault: str, moment: str) -> int:
        struck = [one for one in self._connections if one.state is State.FLOWING and one.client.open]
        if struck and (fault or moment):
            self.book.note(fault, moment, f"{len(struck)} open connection{'s' * (len(struck) > 1)}")
        for connection in struck:
            BLOWS[how](connection)
        await _sockets_closed()
        return len(struck)

    def cut_off(self) -> None:
        """Nobody listens any more, and what is open is reset."""
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
        """For good: nothing of it is left, nor of what was just being accepted."""
        self._listener.give_up()
        while self._connections or _other_tasks():
            for connection in list(self._connections):
                connection.end(reset=True)
            await asyncio.wait([asyncio.ensure_future(_sockets_closed()), *_other_tasks()])
        await _sockets_closed()


def _other_tasks() -> set[asyncio.Task[Any]]:
    return asyncio.all_tasks() - {asyncio.current_task()}


async def _sockets_closed() -> None:
    """A socket that was told to end closes in the loop's next round."""
    await asyncio.sleep(0)
    await asyncio.sleep(0)


BLOWS: dict[How, Callable[[Connection], None]] = {
    How.RESET: partial(Connection.end, reset=True),
    How.FIN: partial(Connection.end, reset=False),
    How.STALL: Connection.stall,
}
