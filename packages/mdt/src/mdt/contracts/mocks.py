"""Checks the mocks of a service against its contract: routes, the requests that they ask for, and every answer."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mdt.contracts.agreement import Agreement
from mdt.contracts.conformance import RESPONSE, ROUTE, Violation, answer_violations, request_violations, response_for
from mdt.contracts.samples import MISSING, body_sample
from mdt.contracts.store import Contract
from mdt.definitions.sample import Sent, sample
from mdt.engine.answers import Made, Ready
from mdt.engine.catalog import Catalog, Route, Scenario, Service
from mdt.engine.choice import VIRTUAL
from mdt.engine.engine import Engine
from mdt.engine.journal import Unrecorded
from mdt.engine.messages import Fault, Passthrough, Reply
from mdt.engine.outcome import Unmatched
from mdt.engine.routes import parameters
from mdt.engine.selection import resolve
from mdt.engine.session import Session
from mdt.errors import Problem
from mdt.language import Words, _
from mdt.openapi import Operation
from mdt.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Finding:
    """A place of the mocks that breaks the contract. `scenario` is "" for a route as a whole."""

    service: str
    route: str
    scenario: str
    file: str
    line: int
    violation: Violation

    @property
    def text(self) -> Words:
        name = f"{self.service}.{self.scenario}" if self.scenario else self.route
        return _("{name}: {what}", name=name, what=self.violation.what)

    def problem(self, contract: str) -> Problem:
        return Problem(self.file, self.line, self.text, _("Contract: {file}", file=contract))


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A status of the contract that no scenario answers."""

    operation: str
    status: str
    file: str
    line: int


class MockCheck:
    """The mocks of one service beside their contract. `quick` leaves out answers that take time to make."""

    def __init__(self, catalog: Catalog, service: Service, contract: Contract, *, quick: bool = False) -> None:
        self._catalog = catalog
        self._service = service
        self._quick = quick
        self._engine = Engine(catalog)
        self.agreement = Agreement(contract.document, service.base_path, contract.name)
        self.checked = 0  # answers
        self._answered: dict[str, set[str]] = {}

    @property
    def service(self) -> str:
        return self._service.name

    def findings(self) -> Iterator[Finding]:
        for route in self._service.routes:
            operation = self.agreement.of_route(route.method, route.template)
            if operation is None:
                if any(not one.off_contract for one in route.scenarios.values()):
                    yield self._unknown(route.label, route.method, route.template, route.file, route.line)
                continue
            yield from self._of_route(route, operation)
        yield from self._of_virtual()

    def _unknown(self, label: str, method: str, template: str, file: str, line: int) -> Finding:
        wanted = f"{method} {template}"
        what = _(
            "the contract has no {operation}. {hint}",
            operation=wanted,
            hint=did_you_mean(wanted, self.agreement.labels()),
        )
        return Finding(self._service.name, label, "", file, line, Violation(ROUTE, what))

    def _of_route(self, route: Route, operation: Operation) -> Iterator[Finding]:
        sent = request_sample(route, operation, self._catalog)
        if sent is not None:
            values = dict(zip(route.parameters, _segments(route.template, sent.path), strict=False))
            named = dict(zip(parameters(operation.path), values.values(), strict=False))
            for one in request_violations(operation, sent.to(self._service.url, self._service.host), named):
                if route.demands:
                    yield self._finding(route, None, one)
        for scenario in route.scenarios.values():
            yield from self._of_scenario(route, scenario, operation, sent)

    def _finding(self, route: Route, scenario: Scenario | None, violation: Violation) -> Finding:
        where = scenario or route
        name = scenario.name if scenario else ""
        return Finding(self._service.name, route.label, name, where.file, where.line, violation)

    def _of_scenario(
        self, route: Route, scenario: Scenario, operation: Operation, sent: Sent | None
    ) -> Iterator[Finding]:
        if scenario.off_contract or (self._quick and isinstance(scenario.answer, Made) and scenario.answer.takes_time):
            return
        reply = self._played(route, scenario, sent)
        if isinstance(reply, Reply):
            self.checked += 1
            self._note(operation, reply.status)
            yield from (self._finding(route, scenario, one) for one in answer_violations(operation, reply))
        elif isinstance(reply, Violation):
            yield self._finding(route, scenario, reply)

    def _played(self, route: Route, scenario: Scenario, sent: Sent | None) -> Reply | Violation | None:
        """The answer; None for a fault, for a call that goes on, and for a sequence, whose scenarios are checked by themselves."""
        if isinstance(scenario.answer, Ready):
            return scenario.answer.ready if isinstance(scenario.answer.ready, Reply) else None
        if not isinstance(scenario.answer, Made):
            return None
        if sent is None:
            what = _("no request could be made that fits `match`, so the answer is not checked")
            return Violation(RESPONSE, what, strict=True)
        session = Session("contract", resolve(self._catalog, f"{self._service.name}.{scenario.name}"))
        session.journal = Unrecorded()
        request = sent.to(self._service.url, self._service.host)
        outcome = self._engine.handle(request, session, self._service.name)
        if isinstance(outcome, Unmatched):
            return Violation(
                RESPONSE, _("the example request is not answered: {reason}", reason=outcome.near_miss.why), strict=True
            )
        return None if isinstance(outcome, Fault | Passthrough) else outcome

    def _of_virtual(self) -> Iterator[Finding]:
        """The routes of a virtual service, and the statuses that its decorators name."""
        dispatcher = self._service.dispatcher
        paths = dispatcher.openapi()["paths"] if dispatcher else {}
        for route in dispatcher.routes if dispatcher else ():
            method, _space, template = route.label.partition(" ")
            operation = self.agreement.of_route(method, template)
            if operation is None:
                yield self._unknown(route.label, method, template, route.file, route.line)
                continue
            for status in paths[template][method.lower()]["responses"]:
                self._note(operation, int(status))
                if response_for(operation, int(status)) is None and status != "422":
                    what = _("the contract has no status {status}", status=status)
                    yield Finding(
                        self._service.name, route.label, VIRTUAL, route.file, route.line, Violation(RESPONSE, what)
                    )

    def _note(self, operation: Operation, status: int) -> None:
        response = response_for(operation, status)
        if response is not None:
            self._answered.setdefault(operation.label, set()).add(response.status)

    def uncovered(self) -> list[Uncovered]:
        """The statuses without a scenario; call after `findings`. Ranges and `default` need none."""
        return [
            Uncovered(one.label, response.status, one.file, one.line)
            for one in self.agreement.document.operations
            for response in one.responses
            if response.status.isdigit() and response.status not in self._answered.get(one.label, ())
        ]


def _segments(template: str, path: str) -> list[str]:
    pairs = zip(template.split("/"), path.split("/"), strict=False)
    return [given for wanted, given in pairs if wanted.startswith("{")]


def request_sample(route: Route, operation: Operation, catalog: Catalog) -> Sent | None:
    """A request that the route answers, with what the contract asks for beside it."""
    made = sample(route, route.demands, catalog.shared)
    if made is None or operation.request_body is None or made.method in {"GET", "HEAD"}:
        return made
    content = operation.request_body.contents.get("application/json")
    body = MISSING if content is None else body_sample(content)
    if body is MISSING:
        return made
    own = json.loads(made.body) if made.body and "json" in route.demands else None
    merged = {**body, **own} if isinstance(body, dict) and isinstance(own, dict) else body if own is None else own
    headers = {**made.headers, "content-type": made.headers.get("content-type", "application/json")}
    fuller = replace(made, headers=headers, body=json.dumps(merged, ensure_ascii=False).encode())
    return fuller if route.match.matches(fuller.to("", "")) else made
