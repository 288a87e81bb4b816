"""What actions and the hub may do to a client's connection, and what they wait for meanwhile."""

import asyncio
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from faultlab.proxy.rule_registry import ReplyTracker, RuleRegistry
from faultlab.proxy.rules import At, Rule
from faultlab.proxy.sockets import PeerSocket
from faultlab.proxy.wire import Unit, Wire


class Held:
    """A statement or a reply that is delivered late."""

    def __init__(self) -> None:
        self.released, self.over = asyncio.Event(), asyncio.Event()
        self.delivered = False


async def first(*events: asyncio.Event, seconds: float = 0) -> None:
    """Return when one of them is set, or after so many seconds; 0: no limit."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, timeout=seconds or None, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def pause(seconds: float, healing: asyncio.Event) -> bool:
    """Wait so long; True if the proxy was healed meanwhile."""
    await first(healing, seconds=seconds)
    return healing.is_set()


class State(Enum):
    """What the proxy does with the bytes of a connection."""

    FLOWING = auto()
    STALLED = auto()  # they are swallowed
    HELD = auto()  # the client is cut off, and the server still waits for a statement
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Situation:
    """The moment of a connection at which a rule fires."""

    rule: Rule
    healing: asyncio.Event  # set when the rule is healed
    unit: Unit | None = None  # CONNECT: none
    reply: bytes = b""  # REPLY: all of it

    @property
    def at(self) -> At:
        return self.rule.at

    @property
    def statement(self) -> Unit:
        assert self.unit is not None  # noqa: S101 - every moment but CONNECT has one
        return self.unit


class ProxiedConnection(Protocol):
    """A client's connection and the server's behind it."""

    client: PeerSocket
    server: PeerSocket
    wire: Wire
    state: State
    rules: RuleRegistry
    replies: ReplyTracker
    greeting: Situation | None  # what happens to everything that is said before the first statement
    greeted: int  # bytes of it that were passed on
    refusal: int | str  # the error that the client gets instead of a server
    left: asyncio.Event  # the client has gone
    server_left: asyncio.Event
    replied: asyncio.Event  # the server has answered a held statement

    async def connect_server(self) -> None: ...
    def forward(self, unit: Unit) -> None: ...
    def expect(self, unit: Unit) -> None: ...
    def end(self, *, reset: bool) -> None: ...
    def stall(self) -> None: ...
    def hold(self) -> None: ...
    def heal(self) -> None: ...
    @property
    def healing(self) -> asyncio.Event:
        """Set at the next heal of the proxy."""
        ...

    def holding(self) -> AbstractContextManager[Held]:
        """Announce a delivery that comes late, for `Proxy.release()`."""
        ...

    def close_port(self) -> None:
        """Refuse every new connection, and reset those that are open."""
        ...
