"""The calls of a session beside the contracts of their services."""

from collections.abc import Iterable, Iterator, Mapping

from mdt.contracts.agreement import Agreement
from mdt.contracts.at_load import contract_of
from mdt.contracts.conformance import Violation, answer_violations, request_violations
from mdt.engine.catalog import Service
from mdt.engine.journal import Entry
from mdt.engine.messages import Reply
from mdt.openapi import Operation


def held_calls(services: Mapping[str, Service], entries: Iterable[Entry]) -> list[Entry]:
    """The calls whose service has a contract that knows their route."""
    return [
        entry
        for entry in entries
        if entry.route and (agreement := _agreement(services.get(entry.service or ""))) and _operation(agreement, entry)
    ]


def broken_calls(services: Mapping[str, Service], entries: Iterable[Entry]) -> list[str]:
    """What of these calls the contracts do not allow, each text once. Answers that break one on purpose are left out."""
    agreements = {name: agreement for name, one in services.items() if (agreement := _agreement(one)) is not None}
    found = (
        f"{entry.service}.{entry.scenario} {entry.route}: {one.side}: {one.what}"
        for entry in entries
        if entry.service in agreements and entry.route and not _on_purpose(services[entry.service], entry)
        for one in _violations(agreements[entry.service], entry)
        if not one.strict
    )
    return list(dict.fromkeys(found))


def _agreement(service: Service | None) -> Agreement | None:
    contract = contract_of(service) if service else None
    return Agreement(contract.document, service.base_path, contract.name) if service and contract else None


def _operation(agreement: Agreement, entry: Entry) -> Operation | None:
    method, _space, template = (entry.route or "").partition(" [")[0].partition(" ")
    return agreement.of_route(method, template)


def _on_purpose(service: Service, entry: Entry) -> bool:
    scenarios = (one.scenarios.get(entry.scenario or "") for one in service.routes if one.label == entry.route)
    return any(one.off_contract for one in scenarios if one is not None)


def _violations(agreement: Agreement, entry: Entry) -> Iterator[Violation]:
    operation = _operation(agreement, entry)
    if operation is None:
        return
    yield from request_violations(operation, entry.request, {})
    if isinstance(entry.outcome, Reply):
        yield from answer_violations(operation, entry.outcome)
