"""One client's connection: what comes is forwarded unit by unit, until a rule's moment comes and everything of it waits."""

import asyncio
import logging
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faultlab.proxy import actions, carrying_out
from faultlab.proxy.actions import Situation
from faultlab.proxy.ends import End
from faultlab.proxy.rules import At
from faultlab.proxy.states import State
from faultlab.proxy.watches import Transaction, Watches
from faultlab.proxy.wire import Part, Unit, Wire

if TYPE_CHECKING:
    from faultlab.proxy.hub import Hub

log = logging.getLogger("faultlab.proxy")

CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Lost:
    """A side has ended."""

    client: bool
    reset: bool


class Connection:
    """From the accepted socket to the end of both."""

    def __init__(self, hub: "Hub", wire: Wire) -> None:
        self.hub, self.wire = hub, wire
        self.client, self.server = End(self), End(self)
        self.state = State.FLOWING
        self.watches, self._transaction = Watches(hub.book), Transaction()
        self.greeting: Situation | None = None  # what happens to what is said before the first statement
        self.given = 0  # bytes of that
        self.refusal: int | str = 0  # the error that the client gets instead of a server
        self.left, self.server_left = asyncio.Event(), asyncio.Event()
        self.replied = asyncio.Event()  # to a statement that was held
        self._inbox: deque[Unit | Part | Lost] = deque()
        self._acting: asyncio.Task[None] | None = None
        self._congested = False

    # --- what the sockets tell
    def opened(self, end: End) -> None:
        if end is self.server:
            return
        if self.hub.add(self):
            self._act(carrying_out.open_connection(self))
        else:
            self.end(reset=True)

    def received(self, end: End, data: bytes) -> None:
        if self.state is State.HELD and end is self.server:
            self._see_held(data)
        if self.state is State.FLOWING:
            self._inbox.extend(self.wire.from_client(data) if end is self.client else self.wire.from_server(data))
            self._work()

    def lost(self, end: End, *, reset: bool) -> None:
        (self.left if end is self.client else self.server_left).set()
        if self.state is State.FLOWING:
            self._inbox.append(Lost(end is self.client, reset))
            self._work()
        self._forget_if_over()

    def congested(self, end: End, *, congested: bool) -> None:
        """A side takes its bytes slowly: the other one's have to wait."""
        if end is self.client:
            self._congested = congested
            self._read_server()
        else:
            self.client.read(on=not congested)

    # --- one after the other
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
            armed = self.hub.book.claim(At.BEFORE, unit.texts, self._transaction.seen)
            if armed:
                self._act(carrying_out.carry_out(self, armed, unit))
                return
        self.forward(unit)

    def forward(self, unit: Unit) -> None:
        """Give it to the server."""
        self.expect(unit)
        self.server.write(unit.raw)

    def expect(self, unit: Unit) -> None:
        """Say that it is given to the server now."""
        self.wire.sent(unit)
        if unit.answered and not unit.silent:
            self.watches.begin(unit, self._transaction.seen)
        self._transaction.note(unit)

    def _from_server(self, part: Part) -> None:
        unit = part.unit
        if unit is None:
            self._give_unasked(part)
        elif self.watches.keeps(unit):
            self._keep(part, unit)
        elif not unit.silent:
            self.client.write(part.raw)
            if part.ends and unit in self.watches:
                self._act(carrying_out.after_reply(self, unit))

    def _keep(self, part: Part, unit: Unit) -> None:
        self.client.write(self.watches.keep(part))
        if part.ends:
            armed, reply = self.watches.replied(unit)
            self._act(carrying_out.carry_out(self, armed, unit, reply))

    def _give_unasked(self, part: Part) -> None:
        if self.wire.opaque:
            self.client.write(self.watches.drop())
        if self.greeting:
            self._act(actions.greet(self, self.greeting, part.raw))
        else:
            self.client.write(part.raw)

    def _side_ended(self, lost: Lost) -> None:
        """Bytes that were on their way arrive; the client hears of the end as it happened."""
        from_client, from_server = self.wire.rest()
        kept = self.watches.drop()
        self._turn(State.ENDED)
        if lost.client:
            self.server.write(from_client)
            self.server.fin()
            return
        self.client.write(kept + from_server)
        (self.client.reset if lost.reset else self.client.fin)()

    # --- moments
    def _act(self, work: Coroutine[Any, Any, None]) -> None:
        """Nothing else is done for this connection until it is finished."""
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
        """A server that does not listen is a connection that is reset: accepted it is already."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await asyncio.get_running_loop().create_connection(lambda: self.server, *self.hub.upstream)
        except OSError:
            self.end(reset=True)

    async def after(self, unit: Unit) -> None:
        """The reply was given."""
        await carrying_out.after_reply(self, unit)

    # --- what can be done to it
    def end(self, *, reset: bool) -> None:
        self._turn(State.ENDED)
        for side in (self.client, self.server):
            (side.reset if reset else side.fin)()

    def stall(self) -> None:
        """Whatever comes is swallowed, and nobody hears of anything."""
        self._turn(State.STALLED)

    def hold(self) -> None:
        """The client is no longer served; the server's side stays."""
        self._turn(State.HELD)

    def heal(self) -> None:
        """What flows goes on; what does not is given up, but not a statement that is on its way."""
        self.greeting = None
        if self.state is State.STALLED:
            self.end(reset=True)
        elif self.state is State.HELD:
            self.client.reset()

    def _turn(self, state: State) -> None:
        self.state = state
        self._inbox.clear()
        self.watches.drop()
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
            self.hub.forget(self)
