"""The actions of rules; the table in rules.py describes each `How` at each moment."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from faultlab.proxy.proxied_connection import ProxiedConnection, Situation, first, pause
from faultlab.proxy.rule_registry import Armed, Fired
from faultlab.proxy.rules import At, How, Rule
from faultlab.proxy.sockets import PeerSocket
from faultlab.proxy.wire import Unit

type Action = Callable[[ProxiedConnection, Situation], Awaitable[None]]

log = logging.getLogger("faultlab.proxy")

SHOWN = 80  # characters of a recorded statement


# --- when a rule fires
async def open_connection(connection: ProxiedConnection) -> None:
    """A client has connected: connect to the server, or act on a CONNECT rule."""
    armed = connection.rules.claim(At.CONNECT)
    if armed:
        await carry_out(connection, armed)
    else:
        await connection.connect_server()


async def after_reply(connection: ProxiedConnection, unit: Unit) -> None:
    """The client has the whole reply: act on an AFTER rule."""
    armed = connection.replies.passed_on(unit)
    if armed:
        await carry_out(connection, armed, unit)


async def carry_out(connection: ProxiedConnection, armed: Armed, unit: Unit | None = None, reply: bytes = b"") -> None:
    """Record the fault, call the rule's `then`, and execute its action; forward as usual if the rule was healed meanwhile."""
    rule = armed.rule
    situation = Situation(rule, connection.healing, unit, reply)
    fired = connection.rules.set_off(armed, _where(unit))
    if fired is None:
        await go_on(connection, situation)
        return
    if rule.then:
        await _call_first(connection, rule.then, fired)
    await ACTIONS[rule.how](connection, situation)


async def _call_first(connection: ProxiedConnection, act: Callable[[], object], fired: Fired) -> None:
    """Call it in a thread. Cancelled if the connection ends or stalls meanwhile."""
    try:
        await asyncio.get_running_loop().run_in_executor(None, act)
    except Exception as error:
        log.exception("what was to be done at a fault could not be done")
        connection.rules.failed(fired, f"{type(error).__name__}: {error}")


def _where(unit: Unit | None) -> str:
    return " ".join("; ".join(unit.texts).split())[:SHOWN] if unit else "connect"


# --- what happens then
async def go_on(connection: ProxiedConnection, situation: Situation) -> None:
    """Forward as without a rule."""
    if situation.at is At.CONNECT:
        await connection.connect_server()
    elif situation.at is At.BEFORE:
        connection.forward(situation.statement)
    elif situation.at is At.REPLY:
        connection.client.write(situation.reply)
        await after_reply(connection, situation.statement)


async def _reset(connection: ProxiedConnection, _: Situation) -> None:
    await connection.client.arrived()
    connection.end(reset=True)


async def _fin(connection: ProxiedConnection, _: Situation) -> None:
    connection.end(reset=False)


async def _stall(connection: ProxiedConnection, _: Situation) -> None:
    connection.stall()


async def _refuse(connection: ProxiedConnection, _: Situation) -> None:
    await connection.client.arrived()
    connection.close_port()


async def _slow(connection: ProxiedConnection, situation: Situation) -> None:
    if situation.at is At.CONNECT:
        connection.greeting = situation
        await connection.connect_server()
    elif situation.at is At.BEFORE:
        connection.expect(situation.statement)
        await _dribble(connection.server, situation.statement.raw, situation)
    elif situation.at is At.REPLY:
        await _dribble(connection.client, situation.reply, situation)
        await after_reply(connection, situation.statement)
    else:
        await pause(situation.rule.seconds, situation.healing)


async def _cut(connection: ProxiedConnection, situation: Situation) -> None:
    if situation.at is At.CONNECT:
        connection.greeting = situation
        await connection.connect_server()
        return
    before = situation.at is At.BEFORE
    side, data = (connection.server, situation.statement.raw) if before else (connection.client, situation.reply)
    side.write(data[: situation.rule.count])
    await side.arrived()
    connection.end(reset=True)


async def greet(connection: ProxiedConnection, situation: Situation, data: bytes) -> None:
    """Send the server's first bytes to the client of a connection that is SLOW or CUT at CONNECT."""
    if situation.rule.how is How.SLOW:
        await _dribble(connection.client, data, situation)
        return
    left = situation.rule.count - connection.greeted
    connection.greeted += len(data)
    connection.client.write(data[: max(0, left)])
    if len(data) >= left:
        await connection.client.arrived()
        connection.end(reset=True)


async def _dribble(side: PeerSocket, data: bytes, situation: Situation) -> None:
    """Send one byte at a time; after healing send the rest at once."""
    for place in range(len(data)):
        if not side.open:
            return
        if await pause(situation.rule.seconds, situation.healing):
            side.write(data[place:])
            return
        side.write(data[place : place + 1])


async def _hold(connection: ProxiedConnection, situation: Situation) -> None:
    if situation.at is At.BEFORE:
        await _hold_back(connection, situation.rule, situation.statement)
        return
    with connection.holding() as held:
        await first(held.released, connection.left, seconds=situation.rule.seconds)
    await go_on(connection, situation)


async def _hold_back(connection: ProxiedConnection, rule: Rule, unit: Unit) -> None:
    """Cut the client off now, deliver its statement later, discard the reply."""
    connection.hold()
    if rule.count != 1:
        connection.client.reset()
    with connection.holding() as held:
        await first(held.released, connection.server_left, seconds=rule.seconds)
        held.delivered = True
        if connection.server.open:
            connection.wire.sent(unit)
            connection.server.write(unit.raw)
            await first(connection.server_left, *([connection.replied] if unit.answered else []))
    connection.server.fin()
    connection.stall()


async def _error(connection: ProxiedConnection, situation: Situation) -> None:
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


def refuse_login(connection: ProxiedConnection, code: int | str) -> None:
    """Send an error in place of a greeting, and close."""
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
