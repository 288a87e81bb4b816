"""One client's connection: it forwards unit by unit, until a rule fires; then everything of this connection waits."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from faultlab.proxy import actions
from faultlab.proxy.hub import Hub
from faultlab.proxy.proxied_connection import Held, ProxiedConnection, Situation, State
from faultlab.proxy.rule_registry import ReplyTracker, Transaction
from faultlab.proxy.rules import At
from faultlab.proxy.sockets import PeerSocket
from faultlab.proxy.wire import Part, Unit, Wire

log = logging.getLogger("faultlab.proxy")

CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Lost:
    """A side has ended."""

    client: bool
    reset: bool


class ClientConnection(ProxiedConnection):
    """From the accepted socket until both sides are closed."""

    def __init__(self, hub: Hub, wire: Wire) -> None:
        self._hub, self.wire, self.rules = hub, wire, hub.rules
        self.client, self.server = PeerSocket(self), PeerSocket(self)
        self.state = State.FLOWING
        self.replies, self._transaction = ReplyTracker(hub.rules), Transaction()
        self.greeting: Situation | None = None
        self.greeted = 0
        self.refusal: int | str = 0
        self.left, self.server_left, self.replied = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._inbox: deque[Unit | Part | Lost] = deque()
        self._acting: asyncio.Task[None] | None = None
        self._congested = False

    # --- what the two sockets report
    def opened(self, end: PeerSocket) -> None:
        if end is self.server:
            return
        if self._hub.add(self):
            self._act(actions.open_connection(self))
        else:
            self.end(reset=True)

    def received(self, end: PeerSocket, data: bytes) -> None:
        if self.state is State.HELD and end is self.server:
            self._see_held(data)
        if self.state is State.FLOWING:
            self._inbox.extend(self.wire.from_client(data) if end is self.client else self.wire.from_server(data))
            self._work()

    def lost(self, end: PeerSocket, *, reset: bool) -> None:
        (self.left if end is self.client else self.server_left).set()
        if self.state is State.FLOWING:
            self._inbox.append(Lost(end is self.client, reset))
            self._work()
        self._forget_if_over()

    def congested(self, end: PeerSocket, *, congested: bool) -> None:
        """One side reads slowly: stop reading from the other."""
        if end is self.client:
            self._congested = congested
            self._read_server()
        else:
            self.client.read(on=not congested)

    # --- one item after the other
    def _work(self) -> None:
        while self._inbox and self._acting is None and self.state is State.FLOWING:
            item = self._inbox.popleft()
            if isinstance(item, Unit):
                self._from_client(item)
            elif isinstance(item, Part):
                self._from_server(item)
            else:
                self._side_ended(item)

    def _from_client(self, unit: Unit) -> None:
        if unit.answer:
            self.client.write(unit.answer)
            return
        if self.refusal:
            actions.refuse_login(self, self.refusal)
            return
        if unit.texts:
            self.greeting = None
            armed = self.rules.claim(At.BEFORE, unit.texts, self._transaction.seen)
            if armed:
                self._act(actions.carry_out(self, armed, unit))
                return
        self.forward(unit)

    def forward(self, unit: Unit) -> None:
        """Send it to the server."""
        self.expect(unit)
        self.server.write(unit.raw)

    def expect(self, unit: Unit) -> None:
        """Note that the server gets it now, and which rules wait for its reply."""
        self.wire.sent(unit)
        if unit.answered and not unit.silent:
            self.replies.begin(unit, self._transaction.seen)
        self._transaction.note(unit)

    def _from_server(self, part: Part) -> None:
        unit = part.unit
        if unit is None:
            self._give_unasked(part)
        elif self.replies.keeps(unit):
            self._keep(part, unit)
        elif not unit.silent:
            self.client.write(part.raw)
            if part.ends and unit in self.replies:
                self._act(actions.after_reply(self, unit))

    def _keep(self, part: Part, unit: Unit) -> None:
        self.client.write(self.replies.keep(part))
        if part.ends:
            armed, reply = self.replies.replied(unit)
            self._act(actions.carry_out(self, armed, unit, reply))

    def _give_unasked(self, part: Part) -> None:
        if self.wire.opaque:
            self.client.write(self.replies.drop())
        if self.greeting:
            self._act(actions.greet(self, self.greeting, part.raw))
        else:
            self.client.write(part.raw)

    def _side_ended(self, lost: Lost) -> None:
        """Deliver the bytes that were on their way, then end the other side in the same manner."""
        from_client, from_server = self.wire.rest()
        kept = self.replies.drop()
        self._turn(State.ENDED)
        if lost.client:
            self.server.write(from_client)
            self.server.fin()
            return
        self.client.write(kept + from_server)
        (self.client.reset if lost.reset else self.client.fin)()

    # --- actions
    def _act(self, work: Coroutine[Any, Any, None]) -> None:
        """Do nothing else for this connection until this is finished."""
        self._acting = asyncio.get_running_loop().create_task(work)
        self._acting.add_done_callback(self._acted)
        self._read_server()

    def _acted(self, task: asyncio.Task[None]) -> None:
        self._acting = None
        error = None if task.cancelled() else task.exception()
        if error:
            log.error("a connection of the fault proxy was given up", exc_info=error)
            self.end(reset=True)
        self._read_server()
        self._work()
        self._forget_if_over()

    async def connect_server(self) -> None:
        """If the server does not listen, reset the client: its connection is accepted already."""
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

    # --- what a fault does to it
    def end(self, *, reset: bool) -> None:
        self._turn(State.ENDED)
        for side in (self.client, self.server):
            (side.reset if reset else side.fin)()

    def stall(self) -> None:
        """Swallow whatever comes from either side."""
        self._turn(State.STALLED)

    def hold(self) -> None:
        """Serve the client no longer, but keep the server's side."""
        self._turn(State.HELD)

    def heal(self) -> None:
        """End what is stalled. A held statement is still delivered later."""
        self.greeting = None
        if self.state is State.STALLED:
            self.end(reset=True)
        elif self.state is State.HELD:
            self.client.reset()

    def _turn(self, state: State) -> None:
        self.state = state
        self._inbox.clear()
        self.replies.drop()
        if self._acting and self._acting is not asyncio.current_task():
            self._acting.cancel()
        self._read_server()

    def _see_held(self, data: bytes) -> None:
        if any(part.ends for part in self.wire.from_server(data)):
            self.replied.set()

    def _read_server(self) -> None:
        waits = self.state is State.FLOWING and (self._acting is not None or self._congested)
        self.server.read(on=not waits)

    def _forget_if_over(self) -> None:
        if self._acting is None and not self.client.open and not self.server.open and not self._inbox:
            self._hub.forget(self)
