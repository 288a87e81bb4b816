"""Carries a rule out at its moment: notes it, does what it asks to be done first, then what it says happens."""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from faultlab.proxy.actions import ACTIONS, Situation, go_on
from faultlab.proxy.book import Armed, Fired
from faultlab.proxy.rules import At
from faultlab.proxy.wire import Unit

if TYPE_CHECKING:
    from faultlab.proxy.connection import Connection

log = logging.getLogger("faultlab.proxy")

SHOWN = 80  # characters of a statement in the record


async def open_connection(connection: "Connection") -> None:
    """A client has come."""
    armed = connection.hub.book.claim(At.CONNECT)
    if armed:
        await carry_out(connection, armed)
    else:
        await connection.connect_server()


async def carry_out(connection: "Connection", armed: Armed, unit: Unit | None = None, reply: bytes = b"") -> None:
    """Do what the rule says, or go on if it was healed since."""
    rule, book = armed.rule, connection.hub.book
    situation = Situation(rule, connection.hub.healing, unit, reply)
    fired = book.set_off(armed, _where(unit))
    if fired is None:
        await go_on(connection, situation)
        return
    if rule.then:
        await _first(connection, rule.then, fired)
    await ACTIONS[rule.how](connection, situation)


async def _first(connection: "Connection", act: Callable[[], object], fired: Fired) -> None:
    """In a thread. A connection that is ended or silenced meanwhile does not go on."""
    try:
        await asyncio.get_running_loop().run_in_executor(None, act)
    except Exception as error:
        log.exception("what was to be done at a fault could not be done")
        connection.hub.book.failed(fired, f"{type(error).__name__}: {error}")


async def after_reply(connection: "Connection", unit: Unit) -> None:
    """The reply was given."""
    armed = connection.watches.given(unit)
    if armed:
        await carry_out(connection, armed, unit)


def _where(unit: Unit | None) -> str:
    return " ".join("; ".join(unit.texts).split())[:SHOWN] if unit else "connect"
