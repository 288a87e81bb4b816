"""Forwards what client and server send, unit by unit, and claims the rules for it."""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from faultlab.proxy import actions
from faultlab.proxy.proxied_connection import ProxiedConnection, Situation, State
from faultlab.proxy.rule_registry import ReplyTracker, RuleRegistry, Transaction
from faultlab.proxy.rules import At
from faultlab.proxy.sockets import PeerSocket
from faultlab.proxy.wire import Part, Unit, Wire


@dataclass(frozen=True, slots=True)
class Lost:
    """A side has disconnected."""

    client: bool
    reset: bool


type Item = Unit | Part | Lost


class Forwarding(ABC, ProxiedConnection):
    """Processes the items of `inbox` one after the other; while an action runs, they wait."""

    client: PeerSocket
    server: PeerSocket

    def __init__(self, wire: Wire, rules: RuleRegistry) -> None:
        self.wire, self.rules = wire, rules
        self.state = State.FLOWING
        self.replies, self.transaction = ReplyTracker(rules), Transaction()
        self.greeting: Situation | None = None
        self.greeted = 0
        self.refusal: int | str = 0
        self.inbox: deque[Item] = deque()
        self.acting: asyncio.Task[None] | None = None

    @abstractmethod
    def act(self, work: Coroutine[Any, Any, None]) -> None:
        """Run an action; nothing else happens to this connection until it is over."""

    @abstractmethod
    def turn(self, state: State) -> None:
        """Enter a state, and discard what waits."""

    def work(self) -> None:
        """Process what waits, until an action begins."""
        while self.inbox and self.acting is None and self.state is State.FLOWING:
            item = self.inbox.popleft()
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
            armed = self.rules.claim(At.BEFORE, unit.texts, self.transaction.seen)
            if armed:
                self.act(actions.carry_out(self, armed, unit))
                return
        self.forward(unit)

    def forward(self, unit: Unit) -> None:
        """Send it to the server."""
        self.expect(unit)
        self.server.write(unit.raw)

    def expect(self, unit: Unit) -> None:
        """Note that the server gets it now, and claim the rules for its reply."""
        self.wire.sent(unit)
        if unit.answered and not unit.silent:
            self.replies.begin(unit, self.transaction.seen)
        self.transaction.note(unit)

    def _from_server(self, part: Part) -> None:
        unit = part.unit
        if unit is None:
            self._give_unasked(part)
        elif self.replies.keeps(unit):
            self._keep(part, unit)
        elif not unit.silent:
            self.client.write(part.raw)
            if part.ends and unit in self.replies:
                self.act(actions.after_reply(self, unit))

    def _keep(self, part: Part, unit: Unit) -> None:
        self.client.write(self.replies.keep(part))
        if part.ends:
            armed, reply = self.replies.replied(unit)
            self.act(actions.carry_out(self, armed, unit, reply))

    def _give_unasked(self, part: Part) -> None:
        if self.wire.opaque:
            self.client.write(self.replies.drop())
        if self.greeting:
            self.act(actions.greet(self, self.greeting, part.raw))
        else:
            self.client.write(part.raw)

    def _side_ended(self, lost: Lost) -> None:
        """Deliver the bytes in flight, then end the other side in the same way."""
        from_client, from_server = self.wire.rest()
        kept = self.replies.drop()
        self.turn(State.ENDED)
        if lost.client:
            self.server.write(from_client)
            self.server.fin()
            return
        self.client.write(kept + from_server)
        (self.client.reset if lost.reset else self.client.fin)()
