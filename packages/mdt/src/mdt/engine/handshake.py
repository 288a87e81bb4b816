"""Which bad certificate a TLS handshake gets: that of the first TLS fault among the session's scenarios."""

from dataclasses import dataclass

from mdt.engine import sequences
from mdt.engine.answers import Made, Ready
from mdt.engine.catalog import Catalog, Route, Scenario, Service
from mdt.engine.messages import TLS_FAULTS, Fault, FaultKind
from mdt.engine.session import Session


@dataclass(frozen=True, slots=True)
class Shown:
    """A certificate that a scenario asks for."""

    kind: FaultKind
    service: str
    scenario: Scenario


def bad_certificate(catalog: Catalog, session: Session, service: str | None, name: str | None) -> Shown | None:
    """Of `service`, else of the service at the host `name`, else of any. None: a good certificate."""
    for one in _meant(catalog, service, name):
        for route in one.routes:
            if (shown := _shown(route, one, session)) is not None:
                return shown
    return None


def _meant(catalog: Catalog, service: str | None, name: str | None) -> list[Service]:
    if service is not None:
        return [catalog.services[service]] if service in catalog.services else []
    return list(catalog.hosts.get((name or "").lower(), ())) or list(catalog.services.values())


def _shown(route: Route, service: Service, session: Session) -> Shown | None:
    """A sequence moves on only when it shows a bad certificate: then its request never comes."""
    names = session.choice.names.get(service.name, ())
    scenario = sequences.chosen(route, names, session, move=False) or route.scenarios.get(service.default)
    if scenario is None or (kind := _kind(sequences.played(route, scenario, session, move=False))) is None:
        return None
    sequences.chosen(route, names, session)
    sequences.played(route, scenario, session)
    return Shown(kind, service.name, scenario)


def _kind(scenario: Scenario) -> FaultKind | None:
    answer = scenario.answer
    kind = None
    if isinstance(answer, Ready) and isinstance(answer.ready, Fault):
        kind = answer.ready.kind
    elif isinstance(answer, Made):
        kind = answer.shaping.fault
    return kind if kind in TLS_FAULTS else None
