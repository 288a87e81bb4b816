"""Drift names the tests whose calls do not keep the contract, and leaves out what breaks it on purpose."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mdt.cli.integration.drift import drift
from mdt.cli.integration.exchanges import exchange_of, fields, same_exchange
from mdt.contracts.calls import broken_calls
from mdt.contracts.journal import exchanges_in, journal
from mdt.definitions import Catalog
from mdt.engine.journal import Entry
from mdt.engine.messages import Fault, FaultKind, Reply, Request
from mdt.engine.outcome import NearMiss, Unmatched
from tests.unit.cli.test_contract_check import MOCKS, contracts
from tests.unit.contracts.test_short_form import GUIDE
from tests.unit.folders import loaded

ROUTE = "POST /internal/inventory/check"
JSON = {"content-type": "application/json", "authorization": "Bearer secret"}


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    contracts(tmp_path, GUIDE)
    mocks = MOCKS + "    odd: {status: 200, json: {available: maybe}, offContract: true}\n"
    return loaded(
        tmp_path, {"internal/inventory.yaml": mocks, "internal/plain.yaml": "routes: {GET /x: {ok: {json: 1}}}\n"}
    )


def entry(answer: Any, sent: Any, scenario: str = "ok", service: str = "inventory") -> Entry:
    request = Request(
        "POST",
        "http://i/internal/inventory/check?a=1&a=2",
        "i",
        "/internal/inventory/check",
        "a=1&a=2",
        JSON,
        json.dumps(sent).encode(),
    )
    outcome = (
        answer
        if not isinstance(answer, dict)
        else Reply(200, (("content-type", "application/json"), ("set-cookie", "s")), json.dumps(answer).encode())
    )
    return Entry(1, datetime.now(UTC), service, ROUTE, scenario, request, outcome, "mocks/internal/inventory.yaml", 6)


GOOD, SENT = {"available": True, "quantity": 1}, {"productId": "p", "quantity": 1}


def found(catalog: Catalog, *calls: tuple[Entry, str | None]) -> list[dict[str, Any]]:
    made = journal(((exchange_of(one), test) for one, test in calls), same_exchange, "orders")
    return drift(catalog, exchanges_in(json.loads(json.dumps(made))))


def test_calls_that_keep_the_contract_are_no_drift(catalog: Catalog) -> None:
    assert found(catalog, (entry(GOOD, SENT), "t::a"), (entry({"x": 1}, {}, service="plain"), "t::a")) == []


def test_answers_and_requests_that_break_it_are_told_with_their_tests(catalog: Catalog) -> None:
    bad = entry({"available": True}, SENT)

    rows = found(
        catalog, (bad, "t::a"), (bad, "t::b"), (entry(GOOD, {"productId": 1, "quantity": 1}), "t::c"), (bad, None)
    )

    assert [(one["problem"], one["tests"]) for one in rows] == [
        ('response: $ "quantity" is a required property', ["t::a", "t::b"]),
        ('request: $.productId 1 is not of type "string"', ["t::c"]),
    ]
    assert rows[0] == {
        "service": "inventory", "route": ROUTE, "scenario": "ok", "file": "mocks/internal/inventory.yaml", "line": 6,
        "contract": "inventory@1.0.0", "problem": rows[0]["problem"], "tests": ["t::a", "t::b"],
    }  # fmt: skip


def test_what_breaks_it_on_purpose_is_no_drift(catalog: Catalog) -> None:
    assert found(catalog, (entry({"available": "maybe"}, SENT, "odd"), "t::a")) == []


def test_a_fault_has_a_request_and_no_answer(catalog: Catalog) -> None:
    broken = Fault(FaultKind.TIMEOUT)

    assert found(catalog, (entry(broken, SENT), "t::a")) == []
    assert all(one["problem"].startswith("request: $ ") for one in found(catalog, (entry(broken, {}), "t::a")))
    assert len(found(catalog, (entry(broken, {}), "t::a"))) == 2
    assert exchange_of(entry(broken, SENT))["status"] == 0


def test_a_header_that_the_contract_asks_for_is_missed_and_its_value_is_not_kept(tmp_path: Path) -> None:
    contracts(tmp_path, {**GUIDE, "apis": [{**GUIDE["apis"][0], "headers": {"X-Key": "string", "X-May": "string?"}}]})
    strict = loaded(tmp_path, {"internal/inventory.yaml": MOCKS})
    without = entry(GOOD, SENT)
    sent = replace(without, request=replace(without.request, headers={**JSON, "x-key": "k-7"}))

    assert [one["problem"] for one in found(strict, (without, "t::a"))] == [
        "request: the header parameter X-Key is missing"
    ]
    assert found(strict, (sent, "t::a")) == []
    assert "k-7" not in json.dumps(exchange_of(sent))
    old = journal([(exchange_of(without), "t::a")], same_exchange, "orders")
    del old["exchanges"][0]["request"]["headerNames"]
    assert drift(strict, exchanges_in(old)) == []


def test_a_call_that_nothing_answered_is_no_exchange() -> None:
    request = Request("GET", "http://i/", "i", "/")

    assert exchange_of(entry(Unmatched(NearMiss(request, "", None, None, None, (), "")), {})) is None


def test_secrets_and_large_bodies_are_not_kept() -> None:
    exchange = exchange_of(entry({"rows": ["x" * 200_000], "secret": "s"}, SENT))
    text = json.dumps(exchange)

    assert "Bearer" not in text
    assert exchange["reply"]["headers"]["set-cookie"] == "***"
    assert "xxx" not in text
    assert (exchange["reply"]["cut"], exchange["fields"]) == (True, ["rows", "rows/items", "secret"])
    assert exchange["request"]["query"] == {"a": ["1", "2"]}


def test_the_same_call_of_several_tests_is_there_once() -> None:
    one = exchange_of(entry(GOOD, SENT))

    (row,) = journal([(one, "t::a"), (one, "t::a"), (one, "t::b")], same_exchange, "orders")["exchanges"]

    assert row["tests"] == [{"id": "t::a", "calls": 2}, {"id": "t::b", "calls": 1}]


def test_fields_of_a_value() -> None:
    assert fields({"a": {"b": [1, {"c": 2}]}, "d": None}) == {"a", "a/b", "a/b/items", "a/b/items/c", "d"}
    assert fields(5) == set()


def test_a_session_lists_what_broke_a_contract(catalog: Catalog) -> None:
    calls = [
        entry(GOOD, SENT),
        entry({"available": True}, SENT),
        entry({"available": 1}, SENT, "odd"),
        entry(GOOD, {}, service="plain"),
    ]

    assert broken_calls(catalog.services, [*calls, *calls]) == [
        'inventory.ok POST /internal/inventory/check: response: $ "quantity" is a required property'
    ]
