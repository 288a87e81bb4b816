"""A request and a session in, an outcome out; the same for every transport."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mdt.engine import turns
from mdt.engine.call import Call
from mdt.engine.journal import Entry
from mdt.engine.messages import Outcome, Request, Unmatched
from mdt.engine.misses import Reason, Reporter
from mdt.engine.selection import VIRTUAL
from mdt.engine.session import Session
from mdt.engine.templates import TemplateError
from mdt.errors import MdtError
from mdt.language import words_of

if TYPE_CHECKING:
    from mdt.definitions.model import Catalog, Route, Scenario, Service


@dataclass(slots=True)
class _Hit:
    """What answered, for the journal."""

    outcome: Outcome
    service: str | None = None
    route: str | None = None
    scenario: str | None = None
    file: str | None = None
    line: int | None = None


class Engine:
    """Pure: no I/O, no sleeping. `catalog` is replaced as a whole when definitions are loaded again."""

    def __init__(self, catalog: "Catalog") -> None:
        self.catalog = catalog

    def knows(self, host: str) -> bool:
        """Whether a service lives at this host."""
        return host in self.catalog.hosts

    def handle(self, request: Request, session: Session, service: str | None = None) -> Outcome:
        """Answers, and writes one entry into the session's journal, whatever the outcome.

        Without `service` it is found by the request's host and the base path of its url; with it, the request's path
        is relative to that base path.
        """
        with session.lock:
            hit = _Turn(self.catalog, request, session).answer(service)
            at = session.clock.now()
        entry = Entry(
            session.journal.next_number(),
            at,
            hit.service,
            hit.route,
            hit.scenario,
            request,
            hit.outcome,
            hit.file,
            hit.line,
        )
        session.journal.append(entry)
        return hit.outcome


@dataclass(slots=True)
class _Turn:
    """One request against one catalog."""

    catalog: "Catalog"
    request: Request
    session: Session

    def answer(self, name: str | None) -> _Hit:
        service, path = self._named(name) if name is not None else self._by_host()
        if service is None:
            return _Hit(Unmatched(self._reporter().no_service(name)))
        if service.name in self.session.choice.virtual:
            return self._over_virtual(service, path)
        return self._from_routes(service, path, self.session.choice.names.get(service.name, ()))

    def _named(self, name: str) -> "tuple[Service | None, str]":
        return self.catalog.services.get(name), self.request.path

    def _by_host(self) -> "tuple[Service | None, str]":
        """The service with the longest base path that the request's path begins with, and the rest of the path."""
        path = self.request.path
        for service in self.catalog.hosts.get(self.request.host, ()):
            base = service.base_path
            if not base:
                return service, path
            if path.startswith(base) and path[len(base) : len(base) + 1] in {"", "/"}:
                return service, path[len(base) :] or "/"
        return None, path

    def _from_routes(self, service: "Service", path: str, chosen: tuple[str, ...]) -> _Hit:
        """The chosen scenario of the most specific route that fits, or its default."""
        fits: Route | None = None
        for route, values in service.table.find(self.request.method, path):
            if not route.match.matches(self.request):
                continue
            scenario = turns.chosen(route, chosen, self.session) or route.scenarios.get(service.default)
            if scenario is not None:
                return self._play(service, route, scenario, values, path)
            fits = fits or route
        if service.default == VIRTUAL and (hit := self._virtual(service, path)):
            return hit
        reason = Reason.NO_SCENARIO if fits else Reason.NO_ROUTE
        return _Hit(Unmatched(self._reporter().closest(service, path, reason, fits)), service.name)

    def _over_virtual(self, service: "Service", path: str) -> _Hit:
        """A chosen scenario that the route has comes first, then the virtual service, then the other answers."""
        chosen = self.session.choice.names.get(service.name, ())
        for route, values in service.table.find(self.request.method, path) if chosen else ():
            if route.match.matches(self.request) and (scenario := turns.chosen(route, chosen, self.session)):
                return self._play(service, route, scenario, values, path)
        return self._virtual(service, path) or self._from_routes(service, path, ())

    def _virtual(self, service: "Service", path: str) -> _Hit | None:
        dispatcher = service.dispatcher
        found = dispatcher.find(self.request.method, path) if dispatcher else None
        if dispatcher is None or found is None:
            return None
        route, values = found
        outcome: Outcome
        try:
            outcome = dispatcher.answer(route, values, self.request, self.session)
        except MdtError as error:
            outcome = Unmatched(self._reporter().failed(service, route, words_of(error)))
        return _Hit(outcome, service.name, route.label, VIRTUAL, route.file, route.line)

    def _play(
        self, service: "Service", route: "Route", scenario: "Scenario", values: tuple[str, ...], address: str
    ) -> _Hit:
        calls = self.session.calls
        number = calls[route.key] = calls.get(route.key, 0) + 1
        played = turns.played(route, scenario, self.session)
        path = dict(zip(route.parameters, values, strict=True)) if values else {}
        call = Call(self.request, self.session, address, path, self.catalog.shared, number)
        outcome: Outcome
        try:
            outcome = played.answer.outcome(call)
        except TemplateError as error:
            outcome = Unmatched(self._reporter().template(service, route, played, words_of(error)))
        return _Hit(outcome, service.name, route.label, scenario.name, played.file, played.line)

    def _reporter(self) -> Reporter:
        return Reporter(self.catalog, self.request, self.session)
