"""A request and a session in, an outcome out; the same for every transport."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from mdt.engine import scenarios
from mdt.engine.call import Call
from mdt.engine.catalog import Catalog, Route, Scenario, Service, VirtualDispatcher, VirtualRoute
from mdt.engine.choice import VIRTUAL
from mdt.engine.finding import Found, NoService, find
from mdt.engine.journal import Entry
from mdt.engine.messages import Fault, FaultKind, Request
from mdt.engine.near_misses import Reason, Reporter
from mdt.engine.outcome import Outcome, Unmatched
from mdt.engine.session import Session
from mdt.engine.templates import TemplateError
from mdt.errors import MdtError
from mdt.language import words_of


@dataclass(slots=True)
class _Hit:
    """What answered, for the journal."""

    request: Request
    outcome: Outcome
    service: str | None = None
    route: str | None = None
    scenario: str | None = None
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class _Handler:
    """The handler of a virtual service that is to answer."""

    service: Service
    dispatcher: VirtualDispatcher
    route: VirtualRoute
    path: Mapping[str, str]


class Engine:
    """Pure: no I/O, no sleeping. `catalog` is replaced as a whole when definitions are loaded again.

    It alone finds the service, picks the scenario, answers, and writes the session's journal.
    """

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    @property
    def catalog(self) -> Catalog:
        return self._catalog

    @catalog.setter
    def catalog(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._virtual_by_default = any(one.default == VIRTUAL for one in catalog.services.values())

    def may_run_code(self, session: Session) -> bool:
        """Whether a handler of a virtual service may answer in this session: it takes what time it likes."""
        return self._virtual_by_default or bool(session.choice.virtual)

    def knows(self, host: str) -> bool:
        """Whether a service lives at this host."""
        return host in self.catalog.hosts

    def handle(
        self, request: Request, session: Session, service: str | None = None, *, by_path: bool = False
    ) -> Outcome:
        """Answers, and writes one entry into the session's journal, whatever the outcome.

        Without `service` it is found by the request's host and the base path of its url; with it, the request's path
        is relative to that base path. `by_path` is for requests to a server of many services, whose path may begin
        with the service's name; the entry then has the path without it.
        """
        turn = _Turn(self.catalog, request, session)
        with session.lock:
            hit = turn.answer(service, by_path=by_path)
        if isinstance(hit, _Handler):
            hit = turn.run(hit)  # other calls of the session go on meanwhile
        _write(session, hit, session.clock.now())
        return hit.outcome

    def shake_hands(self, session: Session, service: str | None, name: str | None) -> FaultKind | None:
        """The TLS fault whose certificate this connection gets, because the session's scenarios ask for one.

        A certificate is shown before any request, so it is chosen by the service that the listener is for, else by
        the `name` that the client asks for (SNI). A bad one is an entry in the journal: its request never comes.
        """
        with session.lock:
            shown = scenarios.bad_certificate(self.catalog, session, service, name)
            at = session.clock.now()
        if shown is None:
            return None
        request = Request("TLS", f"https://{name or shown.service}", name or "", "/")
        scenario = shown.scenario
        fault = Fault(shown.kind)
        _write(session, _Hit(request, fault, shown.service, None, scenario.name, scenario.file, scenario.line), at)
        return shown.kind


def _write(session: Session, hit: _Hit, at: datetime) -> None:
    session.journal.append(
        Entry(
            session.journal.next_number(),
            at,
            hit.service,
            hit.route,
            hit.scenario,
            hit.request,
            hit.outcome,
            hit.file,
            hit.line,
        )
    )


@dataclass(slots=True)
class _Turn:
    """One request against one catalog."""

    catalog: Catalog
    request: Request
    session: Session

    def answer(self, name: str | None, *, by_path: bool) -> _Hit | _Handler:
        found = find(self.catalog, self.request, name, by_path=by_path)
        if isinstance(found, NoService):
            return self._unmatched(found)
        if found.shortened:
            self.request = replace(self.request, path=found.path)
        if found.service.name in self.session.choice.virtual:
            return self._over_virtual(found)
        return self._from_routes(found, self.session.choice.names.get(found.service.name, ()))

    def _unmatched(self, missing: NoService) -> _Hit:
        return _Hit(self.request, Unmatched(self._reporter().no_service(missing)))

    def _from_routes(self, found: Found, chosen: tuple[str, ...]) -> _Hit | _Handler:
        """The chosen scenario of the most specific route that fits, or its default."""
        service = found.service
        fits: Route | None = None
        for route, values in found.routes:
            if not route.match.matches(self.request):
                continue
            scenario = scenarios.chosen(route, chosen, self.session) or route.scenarios.get(service.default)
            if scenario is not None:
                return self._play(found, route, scenario, values)
            fits = fits or route
        if service.default == VIRTUAL and (handler := _handler(found)):
            return handler
        reason = Reason.NO_SCENARIO if fits else Reason.NO_ROUTE
        miss = self._reporter().closest(service, found.path, reason, fits)
        return _Hit(self.request, Unmatched(miss), service.name)

    def _over_virtual(self, found: Found) -> _Hit | _Handler:
        """A chosen scenario that the route has comes first, then the virtual service, then the other answers."""
        chosen = self.session.choice.names.get(found.service.name, ())
        for route, values in found.routes if chosen else ():
            if route.match.matches(self.request) and (scenario := scenarios.chosen(route, chosen, self.session)):
                return self._play(found, route, scenario, values)
        return _handler(found) or self._from_routes(found, ())

    def run(self, handler: _Handler) -> _Hit:
        """One handler of a service at a time in each session: its state is its own meanwhile."""
        service, route = handler.service, handler.route
        outcome: Outcome
        try:
            with self.session.state_of(service.name):
                outcome = handler.dispatcher.answer(route, handler.path, self.request, self.session)
        except MdtError as error:
            outcome = Unmatched(self._reporter().failed(service, route, words_of(error)))
        return _Hit(self.request, outcome, service.name, route.label, VIRTUAL, route.file, route.line)

    def _play(self, found: Found, route: Route, scenario: Scenario, values: tuple[str, ...]) -> _Hit:
        calls = self.session.calls
        number = calls[route.key] = calls.get(route.key, 0) + 1
        played = scenarios.played(route, scenario, self.session)
        path = dict(zip(route.parameters, values, strict=True)) if values else {}
        call = Call(self.request, self.session, found.path, path, self.catalog.shared, number)
        outcome: Outcome
        try:
            outcome = played.answer.outcome(call)
        except TemplateError as error:
            outcome = Unmatched(self._reporter().template(found.service, route, played, words_of(error)))
        place = played.file, played.line
        return _Hit(self.request, outcome, found.service.name, route.label, scenario.name, *place)

    def _reporter(self) -> Reporter:
        return Reporter(self.catalog, self.request, self.session)


def _handler(found: Found) -> _Handler | None:
    dispatcher = found.service.dispatcher
    if dispatcher is None or found.virtual is None:
        return None
    return _Handler(found.service, dispatcher, *found.virtual)
