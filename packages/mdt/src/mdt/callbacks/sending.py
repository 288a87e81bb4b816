"""Sends a callback: what is due now at once, the rest when the session's clock reaches it; writes the session's journal."""

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit

from mdt.callbacks.couriers import Courier, Gate, HttpCourier, UndeliverableError, rebased
from mdt.callbacks.model import Callback, Message, Moment
from mdt.callbacks.tampering import TAMPERS
from mdt.engine.alarms import TooManyAlarmsError
from mdt.engine.call import Call
from mdt.engine.catalog import Catalog
from mdt.engine.journal import Entry
from mdt.engine.messages import Reply, Request
from mdt.engine.outcome import Undelivered
from mdt.engine.routes import decoded
from mdt.engine.session import Session
from mdt.errors import MdtError, UnknownCallbackError
from mdt.language import _, words_of

NOBODY = Request("", "", "", "/")  # the request of a callback that no request caused


@dataclass(slots=True, eq=False)
class Delivery:
    """One message on its way. `at` is the session's time, `seconds` how long the answer took, `attempt` 1 for the first try."""

    callback: str
    at: datetime
    message: Message
    outcome: Reply | Undelivered
    seconds: float
    attempt: int = 1
    accepted: bool = False
    began: float = 0.0  # monotonic seconds

    @property
    def status(self) -> int | None:
        """The answer's status; None if there was no answer."""
        return self.outcome.status if isinstance(self.outcome, Reply) else None

    def as_json(self) -> dict[str, Any]:
        answer = self.outcome
        return {
            "callback": self.callback,
            "at": self.at.isoformat(),
            "method": self.message.method,
            "url": self.message.url,
            "status": self.status,
            "accepted": self.accepted,
            "attempt": self.attempt,
            "milliseconds": round(self.seconds * 1000, 1),
            **({"error": answer.reason} if isinstance(answer, Undelivered) else {}),
        }


@dataclass(slots=True, eq=False)
class Sending:
    """One use of a callback. `deliveries` grows as the session's clock reaches delayed ones and retries."""

    name: str
    session: Session
    courier: Courier | None
    data: Mapping[str, Any]
    request: Request
    shared: Mapping[str, Any]
    to: str = ""  # the URL in place of the callback's own
    deliveries: list[Delivery] = field(default_factory=list)
    waiting: int = 0  # deliveries that the clock has not reached
    gates: list[Gate] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def statuses(self) -> list[int | None]:
        return [one.status for one in self.deliveries]

    @property
    def overlapped(self) -> bool:
        """Whether all copies that were sent at the same time were under way at one moment; False if there were none."""
        return bool(self.gates) and all(gate.met for gate in self.gates)

    def as_json(self) -> dict[str, Any]:
        parallel = {"overlapped": self.overlapped} if self.gates else {}
        return {
            "callback": self.name,
            "deliveries": [one.as_json() for one in self.deliveries],
            "waiting": self.waiting,
            **parallel,
        }

    def note(self, delivery: Delivery) -> None:
        with self._lock:
            self.deliveries.append(delivery)


@dataclass(slots=True, eq=False)
class Shot:
    """One copy of a callback that is to be sent `after` seconds; those of one `group` go at the same time."""

    callback: Callback
    after: float
    group: int
    content: "Content"
    replays: bool = False


@dataclass(slots=True, eq=False)
class Content:
    """The message of a callback, made once for all its copies, with the id that they share."""

    message: Message | None = None
    event: str = ""
    sent: Message | None = None  # for replays: the signed bytes


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
    shots = sorted(_shots(callback, others or {}), key=lambda one: (one.after, one.group))
    for _group, together in groupby(shots, key=lambda one: (one.after, one.group)):
        batch = list(together)
        wait = after + batch[0].after
        if wait > 0:
            _later(sending, batch[0].callback, wait, partial(_fire, sending, batch), len(batch))
        else:
            _fire(sending, batch)
    return sending


def _shots(callback: Callback, others: Mapping[str, Callback]) -> list[Shot]:
    if callback.names:
        parts = [_shots(others[name], others) for name in callback.names]
        groups = [0] * len(parts) if callback.at_once else range(len(parts))
        return [
            Shot(one.callback, one.after + callback.after, group * 1000 + one.group, one.content, one.replays)
            for group, part in zip(groups, parts, strict=True)
            for one in part
        ]
    content = Content()
    copies = 2 if callback.tamper == "replay" else callback.repeat
    return [
        Shot(callback, callback.after + index * callback.every, index, content, replays=callback.tamper == "replay")
        for index in range(copies)
        for _copy in range(callback.parallel)
    ]


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
    _write(session, callback, delivery)
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


def _write(session: Session, callback: Callback, delivery: Delivery) -> None:
    message = delivery.message
    parts = urlsplit(message.url)
    headers: dict[str, str] = {}
    with contextlib.suppress(ValueError):
        headers = dict(message.headers)
    path = decoded(parts.path) or "/"
    request = Request(message.method, message.url, parts.netloc.lower(), path, parts.query, headers, message.body)
    name = callback.name.partition(".")[2]
    number = session.journal.next_number()
    route = f"{callback.method} {path}"
    place = callback.file or None, callback.line or None
    session.journal.append(
        Entry(number, delivery.at, callback.service, route, name, request, delivery.outcome, *place, kind="callback")
    )


def find(catalog: Catalog, name: str) -> Callback:
    """The callback of this name. Raises UnknownCallbackError."""
    if name not in catalog.callbacks:
        raise UnknownCallbackError(name, catalog.callbacks)
    found: Callback = catalog.callbacks[name]
    return found


def pending(session: Session) -> list[dict[str, Any]]:
    """What waits for the session's clock, the earliest first."""
    return [{"at": one.at.isoformat(), **one.about} for one in session.clock.alarms.pending()]
