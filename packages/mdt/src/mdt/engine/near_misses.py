"""Finds the route that comes closest to an unmatched request, and explains why it does not fit."""

from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import Enum, auto

from mdt.engine.cases import Cases
from mdt.engine.catalog import Catalog, Route, Scenario, Service
from mdt.engine.finding import NoService
from mdt.engine.messages import Request
from mdt.engine.outcome import Criterion, NearMiss
from mdt.engine.routes import REST, takes
from mdt.engine.session import Session
from mdt.engine.virtual_interface import VirtualRoute
from mdt.errors import unknown_service
from mdt.language import Words, _, either, joined, listed, sentences
from mdt.suggest import did_you_mean

COMPARED = 400  # routes that are compared: those whose paths are about as long


class Reason(Enum):
    """Why no route answers."""

    NO_ROUTE = auto()
    NO_MATCH = auto()
    NO_SCENARIO = auto()


REASONS: dict[Reason, Words] = {
    Reason.NO_ROUTE: _("No route of this service fits. Correct the call, or add the route to the definitions."),
    Reason.NO_MATCH: _("The address fits, but the request does not carry what the route's `match` asks for."),
    Reason.NO_SCENARIO: _("The route fits, but has no answer for what is selected."),
}


class Reporter:
    """Writes the near miss of one request."""

    def __init__(self, catalog: Catalog, request: Request, session: Session) -> None:
        self._catalog = catalog
        self._request = request
        self._session = session

    def no_service(self, missing: NoService) -> NearMiss:
        """For an unknown host or service, or if several services could be meant."""
        return self._several(missing.several) if missing.several else self._nobody(missing.name)

    def _several(self, names: tuple[str, ...]) -> NearMiss:
        path = self._request.path
        return self._miss(
            None,
            (),
            _(
                "Several services have a route for this path: {names}. Put the service's name before it "
                "(/{first}{path}), or send the service's Host",
                names=", ".join(names),
                first=names[0],
                path=path,
            ),
        )

    def _nobody(self, name: str | None) -> NearMiss:
        if name is not None:
            return self._miss(None, (), unknown_service(name, self._catalog.services))
        here = self._catalog.hosts.get(self._request.host)
        if here:
            bases = ", ".join(f"{service.url} ({service.name})" for service in here)
            return self._miss(None, (), _("No service of this host has this base path. Known: {bases}", bases=bases))
        host = self._request.host or _("(no host)")
        hint = did_you_mean(self._request.host, filter(None, self._catalog.hosts))
        verdict = Criterion("host", False, host)
        return self._miss(None, (verdict,), sentences(_("No service lives at {host}.", host=host), hint))

    def closest(self, service: Service, path: str, reason: Reason, fits: Route | None) -> NearMiss:
        route = fits or self._closest_route(service, path)
        if route is None:
            return self._miss(None, (), _("The service {service} has no routes.", service=service.name), service)
        criteria = (*_address(route, self._request, path), *route.match.criteria(self._request))
        if fits:
            criteria = (*criteria, self._scenario_verdict(service, fits))
        elif all(criterion.ok for criterion in criteria if criterion.name in {"method", "path"}):
            reason = Reason.NO_MATCH
        return self._miss(route, criteria, REASONS[reason], service)

    def no_case(self, service: Service, route: Route, scenario: Scenario, state: str) -> NearMiss:
        """For an answer none of whose conditions fits."""
        verdicts = scenario.answer.closest(self._request, state) if isinstance(scenario.answer, Cases) else ()
        criteria = (*_address(route, self._request, None), *verdicts)
        reason = _(
            "No condition of {service}.{scenario} ({file}:{line}) fits, and it has no answer beside `when`.",
            service=service.name,
            scenario=scenario.name,
            file=scenario.file,
            line=scenario.line,
        )
        return self._miss(route, criteria, reason, service)

    def preference(self, service: Service, route: Route, verdict: Criterion) -> NearMiss:
        """For a call that prefers what its route does not have."""
        reason = _("No scenario of the route is what the Prefer header of the call asks for.")
        return self._miss(route, (*_address(route, self._request, None), verdict), reason, service)

    def template(self, service: Service, route: Route, scenario: Scenario, error: Words) -> NearMiss:
        """For an answer whose template failed."""
        criteria = (*_address(route, self._request, None), Criterion("template", False, error))
        place = {"file": scenario.file, "line": scenario.line}
        reason = _(
            "The answer {service}.{scenario} ({file}:{line}) cannot be written.",
            service=service.name,
            scenario=scenario.name,
            **place,
        )
        return self._miss(route, criteria, reason, service)

    def no_answer(self, service: Service, route: VirtualRoute, reason: Words) -> NearMiss:
        """For a recording that has no answer left."""
        choice = self._session.choice.label(service.name)
        return NearMiss(self._request, choice, route.label, route.file, route.line, (), reason)

    def failed(self, service: Service, route: VirtualRoute, error: Words) -> NearMiss:
        """For a handler of a virtual service that failed."""
        verdict = Criterion("handler", False, error)
        reason = _(
            "The virtual service {service} has a mistake; its handler raised instead of answering.",
            service=service.name,
        )
        choice = self._session.choice.label(service.name)
        return NearMiss(self._request, choice, route.label, route.file, route.line, (verdict,), reason)

    def _miss(
        self, route: Route | None, criteria: tuple[Criterion, ...], reason: Words, service: Service | None = None
    ) -> NearMiss:
        choice = self._session.choice
        scenario = choice.label(service.name) if service else ", ".join(choice.labels())
        label, file, line = (route.label, route.file, route.line) if route else (None, None, None)
        return NearMiss(self._request, scenario, label, file, line, criteria, reason)

    def _closest_route(self, service: Service, path: str) -> Route | None:
        length = len(path)
        routes = (*self._session.stubs.table(service.name).routes, *service.routes)
        likely = sorted(routes, key=lambda route: abs(len(route.template) - length))[:COMPARED]
        return max(likely, key=lambda route: self._likeness(route, path), default=None)

    def _likeness(self, route: Route, path: str) -> float:
        """Weighs the path most, then the parts of `match`, then the method."""
        verdicts = list(route.match.criteria(self._request))
        matched = sum(one.ok for one in verdicts) / len(verdicts) if verdicts else 0.5
        return 10 * _path_likeness(route.template, path) + matched + takes(route.method, self._request.method)

    def _scenario_verdict(self, service: Service, route: Route) -> Criterion:
        name = service.default_of(route)
        default = [_("{name} (default)", name=name)] if name else []
        names: list[Words] = [*self._session.choice.names.get(service.name, ()), *default]
        wanted = either(names) if names else _("default scenario")
        has = ", ".join(route.scenarios) or _("none")
        return Criterion("scenario", False, _("the route has no {wanted}; it has {has}", wanted=wanted, has=has))


def _address(route: Route, request: Request, path: str | None) -> Iterator[Criterion]:
    """The verdicts for method and path; `path` is None if both fit."""
    if path is None or takes(route.method, request.method):
        yield Criterion("method", True, request.method)
    else:
        yield Criterion("method", False, f"{request.method} → {route.method}")
    if path is None:
        yield Criterion("path", True)
        return
    wrong = _path_differences(route.template, path)
    yield Criterion("path", not wrong, listed(wrong))


def _path_differences(template: str, path: str) -> list[Words]:
    """The segments that differ, "chek → check"; the whole path if their number differs."""
    wanted, got = _aligned(template, path)
    if len(wanted) != len(got):
        return [f"{path} → {template}"]
    pairs = zip(got, wanted, strict=True)
    return [_differs(mine, theirs) for mine, theirs in pairs if not _segment_fits(theirs, mine)]


def _aligned(template: str, path: str) -> tuple[list[str], list[str]]:
    """The segments of both. A {parameter:path} takes the rest of the path, which then is one segment."""
    wanted, got = template.split("/"), path.split("/")
    if REST.fullmatch(wanted[-1]) and len(got) > len(wanted):
        got = [*got[: len(wanted) - 1], "/".join(got[len(wanted) - 1 :])]
    return wanted, got


def _differs(got: str, wanted: str) -> Words:
    return joined((got or _("(empty)"), wanted), " → ")


def _segment_fits(template: str, segment: str) -> bool:
    return template == segment or ("{" in template and bool(segment))


def _path_likeness(template: str, path: str) -> float:
    """From 0 to 1; a parameter fits any segment."""
    wanted, got = (segments[1:] for segments in _aligned(template, path))
    likeness = sum(
        1.0 if _segment_fits(theirs, mine) else SequenceMatcher(None, theirs, mine).ratio()
        for theirs, mine in zip(wanted, got, strict=False)
    )
    return likeness / max(len(wanted), len(got))
