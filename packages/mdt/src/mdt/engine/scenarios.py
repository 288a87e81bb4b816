"""Tells which scenario of a route answers now: the selected one, or the next of a sequence.

A request moves a sequence on (`move`). A TLS handshake comes before its request: it moves the sequence on only if it
sends a bad certificate, because then no request follows.
"""

from dataclasses import dataclass

from mdt.engine.answers import InTurn, Made, Ready
from mdt.engine.cases import Cases
from mdt.engine.catalog import Catalog, Route, Scenario, Service
from mdt.engine.messages import TLS_FAULTS, Fault, FaultKind, Request
from mdt.engine.session import Session


def chosen(route: Route, names: tuple[str, ...], session: Session, *, move: bool = True) -> Scenario | None:
    """The scenario of the route that is selected by these names; None if the route does not have it."""
    if not names:
        return None
    name = names[0] if len(names) == 1 else _next(session.steps, f"{route.key} choice", names, move=move)
    return route.scenarios.get(name)


def played(
    route: Route,
    scenario: Scenario,
    session: Session,
    request: Request | None = None,
    state: str = "",
    *,
    move: bool = True,
) -> Scenario | None:
    """The scenario itself; for a sequence the one that answers in its place; for conditions the one that fits, or None.

    Without a request, conditions stay unresolved.
    """
    if isinstance(scenario.answer, InTurn):
        step = _next(session.steps, f"{route.key} {scenario.name}", scenario.answer.names, move=move)
        scenario = route.scenarios[step]
    if isinstance(scenario.answer, Cases) and request is not None:
        return scenario.answer.chosen(request, state)
    return scenario


def _next(steps: dict[str, int], key: str, names: tuple[str, ...], *, move: bool) -> str:
    step = steps.get(key, 0)
    if move:
        steps[key] = step + 1
    return names[min(step, len(names) - 1)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A bad certificate that a scenario asks for."""

    kind: FaultKind
    service: str
    scenario: Scenario


def bad_certificate(catalog: Catalog, session: Session, service: str | None, name: str | None) -> Shown | None:
    """The bad certificate of `service`, else of the service at the host `name`, else of any. None: a good certificate."""
    for one in _meant(catalog, service, name):
        for route in (*session.stubs.table(one.name).routes, *one.routes):
            if (shown := _shown(route, one, session)) is not None:
                return shown
    return None


def _meant(catalog: Catalog, service: str | None, name: str | None) -> list[Service]:
    if service is not None:
        return [catalog.services[service]] if service in catalog.services else []
    return list(catalog.hosts.get((name or "").lower(), ())) or list(catalog.services.values())


def _shown(route: Route, service: Service, session: Session) -> Shown | None:
    """Moves a sequence on only if it sends a bad certificate, because then no request follows."""
    names = session.choice.names.get(service.name, ())
    stub = next(iter(route.scenarios.values())) if route in session.stubs.table(service.name).routes else None
    scenario = stub or chosen(route, names, session, move=False) or route.scenarios.get(service.default_of(route))
    if scenario is None or (kind := _kind(played(route, scenario, session, move=False))) is None:
        return None
    chosen(route, names, session)
    played(route, scenario, session)
    return Shown(kind, service.name, scenario)


def _kind(scenario: Scenario | None) -> FaultKind | None:
    answer = scenario.answer if scenario else None
    kind = None
    if isinstance(answer, Ready) and isinstance(answer.ready, Fault):
        kind = answer.ready.kind
    elif isinstance(answer, Made):
        kind = answer.shaping.fault
    return kind if kind in TLS_FAULTS else None
