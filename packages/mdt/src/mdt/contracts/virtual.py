"""Plays requests at the limits of the contract on a virtual service: does its class answer as the contract says."""

from collections.abc import Iterator, Mapping
from typing import Any

from mdt.contracts.agreement import Agreement
from mdt.contracts.cases import Case, cases_of
from mdt.contracts.conformance import RESPONSE, Violation
from mdt.contracts.mocks import Finding
from mdt.contracts.provider import judged
from mdt.contracts.store import Contract
from mdt.engine.catalog import Catalog, Service
from mdt.engine.choice import VIRTUAL
from mdt.engine.engine import Engine
from mdt.engine.journal import Unrecorded
from mdt.engine.messages import Reply, Request
from mdt.engine.outcome import Unmatched
from mdt.engine.routes import encoded
from mdt.engine.selection import resolve
from mdt.engine.session import Session
from mdt.engine.virtual_interface import VirtualRoute
from mdt.language import Words, _


def virtual_findings(catalog: Catalog, service: Service, contract: Contract) -> Iterator[Finding]:
    """Each case in a session of its own, with the state that the seed makes. Operations without a handler are told elsewhere."""
    if service.dispatcher is None:
        return
    agreement = Agreement(contract.document, service.base_path)
    handlers = {_label(agreement, route): route for route in service.dispatcher.routes}
    for case in cases_of(contract.document, known=known_values(catalog.shared)).cases:
        route = handlers.get(case.operation.label)
        problem = _problem(catalog, service, case) if route is not None else ""
        if route is not None and problem:
            what = _("{name}: {problem}", name=case.id.partition(": ")[2], problem=problem)
            yield Finding(service.name, route.label, VIRTUAL, route.file, route.line, Violation(RESPONSE, what))


def known_values(shared: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the first row of each file of shared/ by name; the id of a product is `productId` too."""
    known: dict[str, Any] = {}
    for name, rows in shared.items():
        row = rows[0] if isinstance(rows, list) and rows else rows
        if isinstance(row, Mapping):
            own = {key: value for key, value in row.items() if isinstance(value, str | int)}
            known |= {**own, **({f"{name.removesuffix('s')}Id": row["id"]} if "id" in row else {}), **known}
    return known


def _label(agreement: Agreement, route: VirtualRoute) -> str:
    method, _space, template = route.label.partition(" ")
    operation = agreement.of_route(method, template)
    return operation.label if operation else ""


def _problem(catalog: Catalog, service: Service, case: Case) -> Words:
    session = Session("contract", resolve(catalog, f"{service.name}.{VIRTUAL}"))
    session.journal = Unrecorded()
    call = case.call
    path = (
        call.path.removeprefix(service.base_path) or "/"
    )  # the engine is told the service, and so wants the path below its URL
    query = "&".join(f"{name}={value}" for name, value in call.query)
    headers = {name.lower(): value for name, value in call.headers.items()}
    request = Request(call.method, f"{service.url}{encoded(path)}", service.host, path, query, headers, call.body)
    outcome = Engine(catalog).handle(request, session, service.name)
    if isinstance(outcome, Unmatched):
        return outcome.near_miss.why
    return judged(case, outcome) if isinstance(outcome, Reply) else ""
