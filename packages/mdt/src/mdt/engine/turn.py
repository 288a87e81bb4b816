"""Answers one request from one catalog: finds the service, picks the scenario, and answers or returns pending work."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from mdt.engine import scenarios
from mdt.engine.answers import Forward, Made
from mdt.engine.call import Call
from mdt.engine.catalog import Catalog, Route, Scenario, Service
from mdt.engine.choice import VIRTUAL
from mdt.engine.content import CODINGS, ContentError
from mdt.engine.finding import Found, NoService, find
from mdt.engine.messages import Answered, Passthrough, Reply, Request
from mdt.engine.near_misses import Reason, Reporter
from mdt.engine.outcome import Outcome, Unmatched
from mdt.engine.preference import Preference
from mdt.engine.session import Session
from mdt.engine.templates import TemplateError
from mdt.engine.virtual_interface import VirtualRoute
from mdt.errors import MdtError, NoAnswerError
from mdt.language import words_of


@dataclass(slots=True)
class Hit:
    """What answered a request, for the journal."""

    request: Request
    outcome: Outcome
    service: str | None = None
    route: str | None = None
    scenario: str | None = None
    file: str | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """Work that runs without the session's lock. `is_code`: it is a handler of a virtual service, which may sleep."""

    run: Callable[[], Hit]
    is_code: bool


@dataclass(slots=True)
class Turn:
    """One request in one session. `refused` says why its body could not be decoded."""

    catalog: Catalog
    request: Request
    session: Session
    refused: ContentError | None = None
    prefer: Preference | None = None

    def answer(self, name: str | None, *, by_path: bool) -> Hit | Pending:
        """The caller holds the session's lock."""
        stubs = self.session.stubs or None
        found = find(self.catalog, self.request, name, stubs, by_path=by_path)
        if isinstance(found, NoService):
            return self._unmatched(found)
        if found.shortened:
            self.request = replace(self.request, path=found.path)
        if self.refused and not _may_go_on(found):
            return Hit(self.request, _refusal(self.refused), found.service.name)
        if (self.prefer or found.stubbed) and (hit := self._first(found)):
            return hit
        if found.service.name in self.session.choice.virtual:
            return self._over_virtual(found)
        return self._from_routes(found, self.session.choice.names.get(found.service.name, ()))

    def _unmatched(self, missing: NoService) -> Hit:
        return Hit(self.request, Unmatched(self._reporter().no_service(missing)))

    def _first(self, found: Found) -> Hit | Pending | None:
        """What comes before scenarios and handlers: what the call prefers, then stubs."""
        return (self._preferred(found, self.prefer) if self.prefer else None) or self._stubbed(found)

    def _preferred(self, found: Found, prefer: Preference) -> Hit | Pending | None:
        """Plays the scenario that the call prefers, of the first route that fits."""
        chosen = self.session.choice.names.get(found.service.name, ())
        for route, values in found.routes:
            if not route.match.matches(self.request):
                continue
            playing = scenarios.chosen(route, chosen, self.session, move=False) or route.scenarios.get(
                found.service.default_of(route)
            )
            if (scenario := prefer.of(route, playing)) is not None:
                return self._play(found, route, scenario, values)
            miss = self._reporter().preference(found.service, route, prefer.missed(route))
            return Hit(self.request, Unmatched(miss), found.service.name)
        return None

    def _stubbed(self, found: Found) -> Hit | Pending | None:
        """Plays the first stub that fits."""
        for route, values in found.stubbed:
            if route.match.matches(self.request):
                return self._play(found, route, next(iter(route.scenarios.values())), values)
        return None

    def _from_routes(self, found: Found, chosen: tuple[str, ...]) -> Hit | Pending:
        """Plays the selected or the default scenario of the most specific route that fits."""
        service = found.service
        fits: Route | None = None
        for route, values in found.routes:
            if not route.match.matches(self.request):
                continue
            scenario = scenarios.chosen(route, chosen, self.session) or route.scenarios.get(service.default_of(route))
            if scenario is not None:
                return self._play(found, route, scenario, values)
            fits = fits or route
        if service.default == VIRTUAL and (handler := self._handler(found)):
            return handler
        reason = Reason.NO_SCENARIO if fits else Reason.NO_ROUTE
        miss = self._reporter().closest(service, found.path, reason, fits)
        return Hit(self.request, Unmatched(miss), service.name)

    def _over_virtual(self, found: Found) -> Hit | Pending:
        """Tries the selected scenarios of the routes, then the virtual service, then the default scenarios."""
        chosen = self.session.choice.names.get(found.service.name, ())
        for route, values in found.routes if chosen else ():
            if route.match.matches(self.request) and (scenario := scenarios.chosen(route, chosen, self.session)):
                return self._play(found, route, scenario, values)
        return self._handler(found) or self._from_routes(found, ())

    def _handler(self, found: Found) -> Pending | None:
        if found.service.dispatcher is None or found.virtual is None:
            return None
        return Pending(lambda: self._called(found, *found.virtual), is_code=True)  # type: ignore[misc]

    def _called(self, found: Found, route: VirtualRoute, path: Mapping[str, str]) -> Hit:
        """Runs one handler of the service at a time in each session, because handlers change its state."""
        service = found.service
        outcome: Outcome
        try:
            with self.session.state_of(service.name):
                outcome = self._paced(service.dispatcher.answer(route, path, self.request, self.session))  # type: ignore[union-attr]
        except NoAnswerError as error:
            outcome = Unmatched(self._reporter().no_answer(service, route, words_of(error)))
        except MdtError as error:
            outcome = Unmatched(self._reporter().failed(service, route, words_of(error)))
        return Hit(self.request, outcome, service.name, route.label, VIRTUAL, route.file, route.line)

    def _play(self, found: Found, route: Route, scenario: Scenario, values: tuple[str, ...]) -> Hit | Pending:
        calls = self.session.calls
        number = calls[route.key] = calls.get(route.key, 0) + 1
        state = found.service.states.now(self.session.states, found.service.name) if found.service.states else ""
        played = scenarios.played(route, scenario, self.session, self.request, state)
        if played is None:
            miss = self._reporter().no_case(found.service, route, scenario, state)
            return Hit(self.request, Unmatched(miss), found.service.name)
        if found.service.states:
            state = self._moved(found.service, state, route, scenario)
        path = dict(zip(route.parameters, values, strict=True)) if values else {}
        call = Call(
            self.request, self.session, found.path, path, self.catalog.data.of(self.session), number, state=state
        )
        if type(played.answer) is Made and played.answer.takes_time:
            return Pending(lambda: self._rendered(found, route, scenario, played, call), is_code=False)
        return self._rendered(found, route, scenario, played, call)

    def _moved(self, service: Service, state: str, route: Route, scenario: Scenario) -> str:
        """Moves the service's state machine on; returns its state after this call."""
        after = service.states.after(state, route.label, scenario.name)  # type: ignore[union-attr]
        if after != state:
            self.session.states[service.name] = after
        return after

    def _rendered(self, found: Found, route: Route, scenario: Scenario, played: Scenario, call: Call) -> Hit:
        outcome: Outcome
        try:
            outcome = played.answer.outcome(call)
            outcome = self._told(outcome if played.has_latency else self._paced(outcome), scenario)
        except TemplateError as error:
            outcome = Unmatched(self._reporter().template(found.service, route, played, words_of(error)))
        place = played.file, played.line
        return Hit(self.request, outcome, found.service.name, route.label, scenario.name, *place)

    def _told(self, outcome: Answered, scenario: Scenario) -> Answered:
        """Adds Preference-Applied if the call preferred this scenario, and takes on the status that was asked for."""
        applied = self.prefer.applied(scenario) if self.prefer else ""
        if self.prefer is None or not applied or not isinstance(outcome, Reply):
            return outcome
        status = (self.prefer.code if scenario.statuses else None) or outcome.status
        return replace(outcome, status=status, headers=(*outcome.headers, ("preference-applied", applied)))

    def _paced(self, outcome: Answered) -> Answered:
        """Delays an answer that states no latency by that of the session's environment."""
        latency = self.catalog.data.latency_for(self.session)
        if latency is None or isinstance(outcome, Passthrough):
            return outcome
        return replace(outcome, delay=latency.draw(self.session.pace))

    def _reporter(self) -> Reporter:
        return Reporter(self.catalog, self.request, self.session)


def _may_go_on(found: Found) -> bool:
    """Whether a route forwards to the real service, which may read what mdt cannot."""
    return any(
        isinstance(one.answer, Forward)
        for route, _ in (*found.stubbed, *found.routes)
        for one in route.scenarios.values()
    )


def _refusal(error: ContentError) -> Reply:
    """The answer to a body that cannot be decoded; a 415 lists the known codings (RFC 9110, 15.5.16)."""
    known = (("accept-encoding", ", ".join(CODINGS)),) if error.status == 415 else ()
    headers = (("content-type", "text/plain; charset=utf-8"), ("x-mdt-error", error.kind), *known)
    return Reply(error.status, headers, f"{error}\n".encode())
