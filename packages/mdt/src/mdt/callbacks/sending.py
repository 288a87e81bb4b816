"""Sends a callback: what is due now at once, the rest when the session's clock reaches it; writes the session's journal."""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from mdt.callbacks.couriers import Courier, Gate, HttpCourier, UndeliverableError, rebased
from mdt.callbacks.deliveries import Delivery, Sending, write
from mdt.callbacks.model import Callback, Message, Moment
from mdt.callbacks.shots import Shot, shots_of
from mdt.callbacks.tampering import TAMPERS
from mdt.engine.alarms import TooManyAlarmsError
from mdt.engine.call import Call
from mdt.engine.catalog import Catalog
from mdt.engine.messages import Reply, Request
from mdt.engine.outcome import Undelivered
from mdt.engine.session import Session
from mdt.errors import MdtError, UnknownCallbackError
from mdt.language import _, words_of

NOBODY = Request("", "", "", "/")  # the request of a callback that no request caused


def send(
    callback: Callback,
    session: Session,
    *,
    others: Mapping[str, Callback] | None = None,
    courier: Courier | None = None,
    to: str = "",
    data: Mapping[str, Any] | None = None,
    request: Request = NOBODY,
    shared: Mapping[str, Any] | None = None,
    after: float = 0.0,
) -> Sending:
    """Sends what is due, and sets alarms for the rest. `others` are the callbacks that this one may name.

    Without `courier` the session's delivers, else one that knows this machine and the addresses in definitions.
    Raises MdtError if the message cannot be made or signed.
    """
    sending = Sending(callback.name, session, courier, data or {}, request, shared or {}, to)
    shots = sorted(shots_of(callback, others or {}), key=lambda one: (one.after, one.group))
    for _group, together in groupby(shots, key=lambda one: (one.after, one.group)):
        batch = list(together)
        wait = after + batch[0].after
        if wait > 0:
            _later(sending, batch[0].callback, wait, partial(_fire, sending, batch), len(batch))
        else:
            _fire(sending, batch)
    return sending


def _later(
    sending: Sending,
    callback: Callback,
    wait: float,
    act: Callable[[], object],
    count: int = 1,
    *,
    since: datetime | None = None,
) -> None:
    """Sets an alarm `wait` seconds after `since`, else after now."""
    session = sending.session
    sending.waiting += count

    def ring() -> None:
        sending.waiting -= count
        act()

    about = {"callback": callback.name, "service": callback.service, "copies": count}
    try:
        session.clock.alarms.set((since or session.clock.now()) + timedelta(seconds=wait), ring, about)
    except TooManyAlarmsError:
        raise MdtError(_("too many callbacks are waiting in this session; clear them, or reset it")) from None


def _fire(sending: Sending, shots: list[Shot]) -> None:
    """Sends one message, or several at the same time."""
    if len(shots) == 1:
        _attempt(sending, shots[0], 1, None)
        return
    gate = Gate(len(shots))
    sending.gates.append(gate)
    errors: list[Exception] = []
    for shot in shots:
        _prepared(sending, shot)  # before the threads, so that the random numbers come in the same order
    work = [_carried(sending, partial(_guarded, sending, shot, gate, errors)) for shot in shots]
    threads = [threading.Thread(target=one, name="mdt-callback", daemon=True) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def _carried(sending: Sending, function: Callable[[], None]) -> Callable[[], None]:
    return _courier(sending).carried(function)


def _guarded(sending: Sending, shot: Shot, gate: Gate, errors: list[Exception]) -> None:
    try:
        _attempt(sending, shot, 1, gate)
    except Exception as error:  # noqa: BLE001 - a test client raises what the application raises
        errors.append(error)
    finally:
        if not gate.met:
            gate.give_up()


def _courier(sending: Sending) -> Courier:
    return sending.courier or sending.session.courier or HttpCourier()


def _attempt(sending: Sending, shot: Shot, attempt: int, gate: Gate | None) -> None:
    """One try, which sets an alarm for the next one if it is not accepted and the plan goes on."""
    callback, session = shot.callback, sending.session
    at = session.clock.now()
    message = _signed(sending, shot)
    began = time.monotonic()
    outcome: Reply | Undelivered
    try:
        outcome = _courier(sending).deliver(message, gate, trusted=bool(callback.file or sending.to))
    except UndeliverableError as error:
        outcome = Undelivered(words_of(error))
    delivery = Delivery(callback.name, at, message, outcome, time.monotonic() - began, attempt, began=began)
    plan = callback.retry
    delivery.accepted = isinstance(outcome, Reply) and (
        plan.accepted(outcome.status, outcome.content()) if plan else 200 <= outcome.status < 300
    )
    sending.note(delivery)
    write(session, callback, delivery)
    if plan and not delivery.accepted and attempt <= len(plan.waits):
        again = partial(_attempt, sending, shot, attempt + 1, None)
        _later(sending, callback, plan.waits[attempt - 1], again, since=at)


def _prepared(sending: Sending, shot: Shot) -> Message:
    """Makes the message of the callback, once."""
    content, callback, session = shot.content, shot.callback, sending.session
    if content.message is None:
        content.event = f"{session.random.getrandbits(128):032x}"
        number = session.calls[callback.name] = session.calls.get(callback.name, 0) + 1
        call = Call(sending.request, session, sending.request.path, {}, sending.shared, number, sending.data)
        url = _address(sending, callback)
        content.message = replace(callback.make(call), method=callback.method, url=url)
    return content.message


def _address(sending: Sending, callback: Callback) -> str:
    """The callback's own URL; at the host of `to`, or `to` itself if it has a path."""
    if not sending.to:
        return callback.url(_courier(sending).origin)
    return sending.to if urlsplit(sending.to).path.strip("/") else rebased(callback.url(sending.to), sending.to)


def _signed(sending: Sending, shot: Shot) -> Message:
    """The bytes to send, signed now, or forged."""
    message, callback, session = _prepared(sending, shot), shot.callback, sending.session
    if shot.replays and shot.content.sent is not None:
        return shot.content.sent
    if callback.signer is None:
        return message
    tamper = TAMPERS.get(callback.tamper)
    moment = Moment(session.clock.now(), session.random, shot.content.event)
    message = callback.signer.sign(message, tamper.before(moment) if tamper else moment)
    shot.content.sent = message
    return tamper.after(message, callback.signer) if tamper else message


def find(catalog: Catalog, name: str) -> Callback:
    """The callback of this name. Raises UnknownCallbackError."""
    if name not in catalog.callbacks:
        raise UnknownCallbackError(name, catalog.callbacks)
    found: Callback = catalog.callbacks[name]
    return found


def pending(session: Session) -> list[dict[str, Any]]:
    """What waits for the session's clock, the earliest first."""
    return [{"at": one.at.isoformat(), **one.about} for one in session.clock.alarms.pending()]
