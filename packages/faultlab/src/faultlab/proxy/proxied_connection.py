"""The interface of a connection for actions and the hub, and what they wait for."""

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
    """A statement or reply that is held for late delivery."""

    def __init__(self) -> None:
        self.released, self.over = asyncio.Event(), asyncio.Event()
        self.delivered = False


async def first(*events: asyncio.Event, seconds: float = 0) -> None:
    """Wait until one event is set, or for `seconds` (0: no limit)."""
    tasks = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(tasks, timeout=seconds or None, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()


async def pause(seconds: float, healing: asyncio.Event) -> bool:
    """Wait for `seconds`; True if the proxy was healed meanwhile."""
    await first(healing, seconds=seconds)
    return healing.is_set()


class State(Enum):
    """What the proxy does with the bytes of a connection."""

    FLOWING = auto()
    STALLED = auto()  # bytes are discarded
    HELD = auto()  # the client is cut off, the server will get a statement later
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Situation:
    """A rule set off at a moment of a connection."""

    rule: Rule
    healing: asyncio.Event  # set when the proxy is healed
    unit: Unit | None = None  # None at CONNECT
    reply: bytes = b""  # at REPLY: the whole reply

    @property
    def at(self) -> At:
        return self.rule.at

    @property
    def statement(self) -> Unit:
        assert self.unit is not None  # noqa: S101 - every moment but CONNECT has one
        return self.unit


class ProxiedConnection(Protocol):
    """A client's connection, and the one to the server behind it."""

    client: PeerSocket
    server: PeerSocket
    wire: Wire
    state: State
    rules: RuleRegistry
    replies: ReplyTracker
    greeting: Situation | None  # SLOW or CUT, until the first statement
    greeted: int  # bytes that the client got meanwhile
    refusal: int | str  # error that the client gets in place of a server; 0: none
    left: asyncio.Event  # the client has disconnected
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
        """Set when the proxy is healed next."""
        ...

    def holding(self) -> AbstractContextManager[Held]:
        """Register a late delivery for `Proxy.release()`."""
        ...

    def close_port(self) -> None:
        """Refuse new connections and reset the open ones."""
        ...
