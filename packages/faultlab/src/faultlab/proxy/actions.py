"""What each `How` does at each moment; the table is in rules.py."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from faultlab.proxy.rules import At, How, Rule
from faultlab.proxy.waiting import first, pause
from faultlab.proxy.wire import Unit

if TYPE_CHECKING:
    from faultlab.proxy.connection import Connection
    from faultlab.proxy.ends import End

type Action = Callable[["Connection", "Situation"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Situation:
    """A moment of a connection."""

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


async def go_on(connection: "Connection", situation: Situation) -> None:
    """As if nothing were."""
    if situation.at is At.CONNECT:
        await connection.connect_server()
    elif situation.at is At.BEFORE:
        connection.forward(situation.statement)
    elif situation.at is At.REPLY:
        connection.client.write(situation.reply)
        await connection.after(situation.statement)


async def _reset(connection: "Connection", _: Situation) -> None:
    await connection.client.arrived()
    connection.end(reset=True)


async def _fin(connection: "Connection", _: Situation) -> None:
    connection.end(reset=False)


async def _stall(connection: "Connection", _: Situation) -> None:
    connection.stall()


async def _refuse(connection: "Connection", _: Situation) -> None:
    await connection.client.arrived()
    connection.hub.cut_off()


async def _slow(connection: "Connection", situation: Situation) -> None:
    if situation.at is At.CONNECT:
        connection.greeting = situation
        await connection.connect_server()
    elif situation.at is At.BEFORE:
        connection.expect(situation.statement)
        await _dribble(connection.server, situation.statement.raw, situation)
    elif situation.at is At.REPLY:
        await _dribble(connection.client, situation.reply, situation)
        await connection.after(situation.statement)
    else:
        await pause(situation.rule.seconds, situation.healing)


async def _cut(connection: "Connection", situation: Situation) -> None:
    if situation.at is At.CONNECT:
        connection.greeting = situation
        await connection.connect_server()
        return
    before = situation.at is At.BEFORE
    side, data = (connection.server, situation.statement.raw) if before else (connection.client, situation.reply)
    side.write(data[: situation.rule.count])
    await side.arrived()
    connection.end(reset=True)


async def greet(connection: "Connection", situation: Situation, data: bytes) -> None:
    """What a connection that is SLOW or CUT from its beginning hears before its first statement."""
    if situation.rule.how is How.SLOW:
        await _dribble(connection.client, data, situation)
        return
    left = situation.rule.count - connection.given
    connection.given += len(data)
    connection.client.write(data[: max(0, left)])
    if len(data) >= left:
        await connection.client.arrived()
        connection.end(reset=True)


async def _dribble(side: "End", data: bytes, situation: Situation) -> None:
    """A byte at a time; all that is left once it is healed."""
    for place in range(len(data)):
        if not side.open:
            return
        if await pause(situation.rule.seconds, situation.healing):
            side.write(data[place:])
            return
        side.write(data[place : place + 1])


async def _hold(connection: "Connection", situation: Situation) -> None:
    if situation.at is At.BEFORE:
        await _hold_back(connection, situation.rule, situation.statement)
        return
    with connection.hub.holding() as held:
        await first(held.released, connection.left, seconds=situation.rule.seconds)
    await go_on(connection, situation)


async def _hold_back(connection: "Connection", rule: Rule, unit: Unit) -> None:
    """The statement is on its way for long; who sent it has lost the connection."""
    connection.hold()
    if rule.count != 1:
        connection.client.reset()
    with connection.hub.holding() as held:
        await first(held.released, connection.server_left, seconds=rule.seconds)
        held.delivered = True
        if connection.server.open:
            connection.wire.sent(unit)
            connection.server.write(unit.raw)
            await first(connection.server_left, *([connection.replied] if unit.answered else []))
    connection.server.fin()
    connection.stall()


async def _error(connection: "Connection", situation: Situation) -> None:
    if situation.at is At.CONNECT:
        connection.refusal = situation.rule.error
        if connection.wire.greets:
            refuse_login(connection, situation.rule.error)
        return
    unit = situation.unit if situation.at is not At.AFTER else None
    connection.client.write(connection.wire.error(situation.rule.error, unit, situation.reply))
    if unit is None or connection.wire.is_last(situation.rule.error):
        connection.end(reset=False)
        return
    consequence = connection.wire.consequence(unit, situation.rule.error)
    if consequence:
        connection.forward(consequence)


def refuse_login(connection: "Connection", code: int | str) -> None:
    """The error that a server says instead of a greeting."""
    connection.client.write(connection.wire.error(code, None))
    connection.end(reset=False)


ACTIONS: dict[How, Action] = {
    How.RESET: _reset,
    How.FIN: _fin,
    How.STALL: _stall,
    How.SLOW: _slow,
    How.CUT: _cut,
    How.HOLD: _hold,
    How.ERROR: _error,
    How.REFUSE: _refuse,
    How.PASS: go_on,
}
