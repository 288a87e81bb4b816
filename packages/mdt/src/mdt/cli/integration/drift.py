"""Drift: calls of a test run that do not keep the contract of their service, by test."""

from collections.abc import Mapping
from typing import Any

from mdt.contracts.agreement import Agreement
from mdt.contracts.at_load import contract_of
from mdt.contracts.journal import Exchange, exchange_violations
from mdt.definitions import Catalog, Service
from mdt.errors import MdtError


def drift(catalog: Catalog, exchanges: tuple[Exchange, ...]) -> list[dict[str, Any]]:
    """Each violation once, with its tests. Answers that break the contract on purpose are left out."""
    agreements = {
        name: (one, found) for name, service in catalog.services.items() for one, found in _agreement(service)
    }
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for exchange in exchanges:
        contract, agreement = agreements.get(exchange.service, ("", None))
        if agreement is not None and not _on_purpose(catalog.services, exchange):
            for text in _texts(agreement, exchange):
                row = _row(exchange, contract, text)
                found = rows.setdefault(tuple(row.values()), {**row, "tests": []})
                found["tests"] += [test for test in exchange.tests if test not in found["tests"]]
    return list(rows.values())


def _agreement(service: Service) -> list[tuple[str, Agreement]]:
    """Loading has told already why a contract cannot be used."""
    try:
        contract = contract_of(service)
    except MdtError:
        return []
    return [] if contract is None else [(contract.name, Agreement(contract.document, service.base_path, contract.name))]


def _on_purpose(services: Mapping[str, Service], exchange: Exchange) -> bool:
    routes = [one for one in services[exchange.service].routes if one.label == exchange.route]
    return any(
        route.scenarios[exchange.scenario].off_contract for route in routes if exchange.scenario in route.scenarios
    )


def _texts(agreement: Agreement, exchange: Exchange) -> list[str]:
    return [f"{one.side}: {one.what}" for one in exchange_violations(agreement, exchange) if not one.strict]


def _row(exchange: Exchange, contract: str, text: str) -> dict[str, Any]:
    return {
        "service": exchange.service,
        "route": exchange.route,
        "scenario": exchange.scenario,
        "file": exchange.file,
        "line": exchange.line,
        "contract": contract,
        "problem": text,
    }
