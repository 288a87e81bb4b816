"""Callbacks within a block: `m.callbacks` sends them, lists those that wait, and asserts what was sent."""

from collections.abc import Callable, Mapping
from typing import Any

from mdt.callbacks.client_couriers import ClientCourier
from mdt.callbacks.couriers import Courier, Gate, HttpCourier
from mdt.callbacks.deliveries import Sending
from mdt.callbacks.model import Message
from mdt.callbacks.sending import find, pending, send
from mdt.control.calls import SHOWN, compiled, fits, how_often
from mdt.engine.catalog import Catalog
from mdt.engine.expectations import Expectation
from mdt.engine.journal import Entry
from mdt.engine.messages import Reply
from mdt.engine.outcome import Undelivered
from mdt.engine.routes import allowed
from mdt.engine.session import Session
from mdt.errors import MdtError, UnknownCallbackError
from mdt.inprocess.active_block import carry
from mdt.inprocess.dispatch import passing
from mdt.language import Words, _, joined


class BlockCourier:
    """Delivers over HTTP past the guard of the block, or through a client inside the block."""

    def __init__(self, inner: Courier) -> None:
        self._inner = inner
        self.origin = inner.origin

    def carried(self, function: Callable[[], None]) -> Callable[[], None]:
        return carry(function)

    def deliver(self, message: Message, gate: Gate | None = None, *, trusted: bool = False) -> Reply:
        if isinstance(self._inner, HttpCourier):
            with passing():
                return self._inner.deliver(message, gate, trusted=trusted)
        return self._inner.deliver(message, gate, trusted=trusted)


def http_courier(catalog: Catalog, hosts: frozenset[str]) -> BlockCourier:
    """The courier of a session to which no other was given."""
    return BlockCourier(HttpCourier(catalog.settings.callbacks_to, lambda host: allowed(host, hosts)))


def courier_for(target: Any) -> BlockCourier:
    """A courier to an application: a test client, an HTTP client, or the URL of its host."""
    if not isinstance(target, str):
        return BlockCourier(ClientCourier(target))
    if not target.startswith(("http://", "https://")):
        raise MdtError(_("{url!r} is no http url", url=target))
    return BlockCourier(HttpCourier(target))


class Callbacks:
    """The callbacks of one session."""

    def __init__(self, session: Session, catalog: Catalog) -> None:
        self._session = session
        self._catalog = catalog

    def deliver_to(self, target: Any) -> None:
        """From now on all callbacks of the session go there: a test client of Flask, Werkzeug or Django, a client of httpx,
        Starlette or requests, or a URL, which takes the place of scheme and host.
        """
        self._session.courier = courier_for(target)

    def send(
        self, name: str, *, client: Any = None, to: str | None = None, data: Mapping[str, Any] | None = None
    ) -> Sending:
        """Sends "payment.success" now, to `client`, to the URL `to`, or where `deliver_to` said; `data` is for its templates.

        Delayed ones and retries are sent when m.clock.advance(...) reaches them. Raises UnknownCallbackError, and MdtError
        if the callback cannot be made.
        """
        callback = find(self._catalog, name)
        if client is not None and to is not None:
            raise MdtError(_("Give send() a client or a URL, not both"))
        courier = courier_for(client) if client is not None else None
        sending = send(
            callback,
            self._session,
            others=self._catalog.callbacks,
            courier=courier,
            to=to or "",
            data=data,
            shared=self._catalog.data.of(self._session),
        )
        self._expect(sending)
        return sending

    def _expect(self, sending: Sending) -> None:
        """A test that sends a callback and never lets the clock reach it proves nothing about it."""
        why = _("the clock never reached its delivery; move it with m.clock.advance(...)")
        met = lambda: bool(sending.deliveries) or not sending.waiting  # noqa: E731 - a name for what it asks
        self._session.expectations.append(Expectation(f"callback {sending.name}", met, why))

    def deliver_due(self) -> int:
        """Sends what is due now, such as what a virtual service scheduled without delay; returns how many there were."""
        return self._session.clock.ring_due()

    def pending(self) -> list[dict[str, Any]]:
        """What waits for the clock, the earliest first: {"at", "callback", "service", "copies"}."""
        return pending(self._session)

    def clear(self) -> int:
        """Forgets what waits; returns how many there were."""
        return self._session.clock.alarms.clear()

    def deliveries(self, name: str | None = None, *, status: int | None = None, **match: Any) -> list[Entry]:
        """What was sent, oldest first: of one callback if it is named, with this status of the answer, and whose message
        matches `match`, which has the parts and rules of a definition: json, form, headers, text, query.
        """
        if name is not None:
            self._check(name)
        wanted = compiled(match)
        found = [one for one in self._session.journal.entries("callback") if name in {None, _name(one)}]
        return [one for one in found if (status is None or _status(one) == status) and fits(wanted, one)]

    def sent(
        self, name: str | None = None, *, times: int | None = None, status: int | None = None, **match: Any
    ) -> list[Entry]:
        """Asserts at least one such delivery, or exactly `times`, and returns them."""
        found = self.deliveries(name, status=status, **match)
        if (len(found) != times) if times is not None else not found:
            raise AssertionError(self._message(name, times, len(found), {"status": status, **match}))
        return found

    def not_sent(self, name: str | None = None, *, status: int | None = None, **match: Any) -> bool:
        """Asserts that there was no such delivery."""
        return not self.sent(name, times=0, status=status, **match)

    def _check(self, name: str) -> None:
        """Names of virtual services' own callbacks are known when they were sent."""
        known = {*self._catalog.callbacks, *map(_name, self._session.journal.entries("callback"))}
        service = self._catalog.services.get(name.partition(".")[0])
        if name not in known and (service is None or service.dispatcher is None):
            raise UnknownCallbackError(name, known)

    def _message(self, name: str | None, times: int | None, got: int, match: Mapping[str, Any]) -> str:
        given = {key: value for key, value in match.items() if value is not None}
        parts = joined((_(" with {name} {value!r}", name=key, value=value) for key, value in given.items()), "")
        expected = _("at least once") if times is None else how_often(times)
        what = name or _("any callback")
        head: Words = _(
            "{callback}{parts} was expected {times}, but was sent {got}.",
            callback=what,
            parts=parts,
            times=expected,
            got=how_often(got),
        )
        lines = [f"  {_line(entry)}" for entry in self._session.journal.entries("callback")[-SHOWN:]]
        return "\n".join(map(str, [head, *(lines or [f"  {_('No callback was sent.')}"])]))


def _name(entry: Entry) -> str:
    return f"{entry.service}.{entry.scenario}"


def _status(entry: Entry) -> int | None:
    return entry.outcome.status if isinstance(entry.outcome, Reply) else None


def _line(entry: Entry) -> str:
    ended = entry.outcome.why if isinstance(entry.outcome, Undelivered) else _status(entry)
    return f"{entry.number}. {_name(entry)} {entry.request.method} {entry.request.url} → {ended}"
