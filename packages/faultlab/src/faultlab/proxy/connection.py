"""A client's connection and the one to the server: events of both sockets, actions of rules, and their effects."""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import AbstractContextManager
from typing import Any

from faultlab.proxy import actions
from faultlab.proxy.forwarding import Forwarding, Lost
from faultlab.proxy.hub import Hub
from faultlab.proxy.proxied_connection import Held, State
from faultlab.proxy.sockets import PeerSocket
from faultlab.proxy.wire import Wire

log = logging.getLogger("faultlab.proxy")

CONNECT_SECONDS = 10


class ClientConnection(Forwarding):
    """From the accepted socket until both sides are closed."""

    def __init__(self, hub: Hub, wire: Wire) -> None:
        super().__init__(wire, hub.rules)
        self._hub = hub
        self.client, self.server = PeerSocket(self), PeerSocket(self)
        self.left, self.server_left, self.replied = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._congested = False

    # --- events of the two sockets
    def opened(self, end: PeerSocket) -> None:
        if end is self.server:
            return
        if self._hub.add(self):
            self.act(actions.open_connection(self))
        else:
            self.end(reset=True)

    def received(self, end: PeerSocket, data: bytes) -> None:
        if self.state is State.HELD and end is self.server:
            self._see_held(data)
        if self.state is State.FLOWING:
            self.inbox.extend(self.wire.from_client(data) if end is self.client else self.wire.from_server(data))
            self.work()

    def lost(self, end: PeerSocket, *, reset: bool) -> None:
        (self.left if end is self.client else self.server_left).set()
        if self.state is State.FLOWING:
            self.inbox.append(Lost(end is self.client, reset))
            self.work()
        self._forget_if_over()

    def congested(self, end: PeerSocket, *, congested: bool) -> None:
        """One side reads slowly: stop reading from the other."""
        if end is self.client:
            self._congested = congested
            self._read_server()
        else:
            self.client.read(on=not congested)

    # --- actions
    def act(self, work: Coroutine[Any, Any, None]) -> None:
        self.acting = asyncio.get_running_loop().create_task(work)
        self.acting.add_done_callback(self._acted)
        self._read_server()

    def _acted(self, task: asyncio.Task[None]) -> None:
        self.acting = None
        error = None if task.cancelled() else task.exception()
        if error:
            log.error("a connection of the fault proxy was given up", exc_info=error)
            self.end(reset=True)
        self._read_server()
        self.work()
        self._forget_if_over()

    async def connect_server(self) -> None:
        """Connect to the server; if it does not listen, reset the client, which is accepted already."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await asyncio.get_running_loop().create_connection(lambda: self.server, *self._hub.upstream)
        except OSError:
            self.end(reset=True)

    @property
    def healing(self) -> asyncio.Event:
        return self._hub.healing

    def holding(self) -> AbstractContextManager[Held]:
        return self._hub.holding()

    def close_port(self) -> None:
        self._hub.cut_off()

    # --- effects of faults
    def end(self, *, reset: bool) -> None:
        self.turn(State.ENDED)
        for side in (self.client, self.server):
            (side.reset if reset else side.fin)()

    def stall(self) -> None:
        """Discard whatever either side sends."""
        self.turn(State.STALLED)

    def hold(self) -> None:
        """Stop serving the client, but keep the server's side."""
        self.turn(State.HELD)

    def heal(self) -> None:
        """End a stalled connection. A held statement is still delivered later."""
        self.greeting = None
        if self.state is State.STALLED:
            self.end(reset=True)
        elif self.state is State.HELD:
            self.client.reset()

    def turn(self, state: State) -> None:
        self.state = state
        self.inbox.clear()
        self.replies.drop()
        if self.acting and self.acting is not asyncio.current_task():
            self.acting.cancel()
        self._read_server()

    def _see_held(self, data: bytes) -> None:
        if any(part.ends for part in self.wire.from_server(data)):
            self.replied.set()

    def _read_server(self) -> None:
        waits = self.state is State.FLOWING and (self.acting is not None or self._congested)
        self.server.read(on=not waits)

    def _forget_if_over(self) -> None:
        if self.acting is None and not self.client.open and not self.server.open and not self.inbox:
            self._hub.forget(self)
