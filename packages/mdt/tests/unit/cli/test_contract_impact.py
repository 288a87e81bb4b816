"""`mdt contract impact` from a journal to the tests of each consumer, and what it tells them."""

import json
from pathlib import Path
from typing import Any

import pytest

from mdt.cli.contract import impact as command
from mdt.contracts.journal import FORMAT
from mdt.contracts.notifying import Told
from tests.unit.cli.support import document, run
from tests.unit.cli.test_contract_check import contracts, without_quantity
from tests.unit.contracts.test_short_form import GUIDE

CHECK = "POST /internal/inventory/check"


def journal(path: Path, consumer: str, **tests: list[str]) -> Path:
    """A row for each scenario, with the tests that used it."""
    rows = [
        {
            "service": "inventory", "route": CHECK, "scenario": scenario, "status": 200,
            "request": {"method": "POST"}, "requestFields": ["productId", "quantity"],
            "reply": {"status": 200, "headers": {}}, "fields": ["available"] if scenario == "short" else ["available", "quantity"],
            "tests": [{"id": test, "calls": 1} for test in found],
        }
        for scenario, found in tests.items()
    ]  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        json.dumps({"format": FORMAT, "consumer": consumer, "generated": "", "exchanges": rows}), encoding="utf-8"
    )
    return path


@pytest.fixture(autouse=True)
def _project(tmp_path: Path) -> None:
    owners = (
        "provider: warehouse\nconsumers: {orders: , search: {notify: {kind: slack, url: 'https://example.com/'}}}\n"
    )
    contracts(tmp_path, GUIDE, without_quantity("2.0.0"), owners=owners)
    journal(Path("reports/mdt/journal.json"), "orders", available=["t::a", "t::b"], short=["t::c"])


def test_the_tests_of_a_removed_field_are_those_that_were_answered_it() -> None:
    found = document("contract", "impact", "inventory", code=1)

    (change,) = found["changes"]
    assert change["id"] == "response-required-property-removed"
    assert change["touches"] == [
        {"consumer": "orders", "tests": ["t::a", "t::b"], "scenarios": ["inventory.available"]}
    ]
    assert (found["service"], found["tests"], found["version"]["least"]) == ("inventory", ["t::a", "t::b"], "2.0.0")


def test_several_consumers_have_their_own_journals() -> None:
    other = journal(Path("search.json"), "search", available=["s::x"])

    shown = run("contract", "impact", "inventory", "--journal", "reports/mdt/journal.json", "--journal", other).stdout

    assert "      orders: 2 tests, scenarios inventory.available\n        t::a\n        t::b\n" in shown
    assert "      search: 1 tests, scenarios inventory.available\n        s::x\n" in shown
    assert "1 of 1 changes touch 3 tests of 2 consumers" in shown


def test_a_change_that_touches_nobody_fails_nothing() -> None:
    journal(Path("reports/mdt/journal.json"), "orders", short=["t::c"])

    assert document("contract", "impact", "inventory")["changes"][0]["touches"] == []
    assert run("contract", "impact", "inventory@2.0.0", "inventory@1.0.0").exit_code == 0


def test_the_other_direction_is_harmless_and_shown_on_request() -> None:
    shown = run("contract", "impact", "inventory@2.0.0", "inventory@1.0.0", "--all").stdout

    assert "response-required-property-added" in shown


@pytest.mark.parametrize(("problem", "code"), [("", 0), ("the receiver answers 500", 1)])
def test_consumers_are_told_about_their_own_tests(monkeypatch: pytest.MonkeyPatch, problem: str, code: int) -> None:
    sent: list[tuple[str, Any]] = []

    def tell(party: Any, notice: Any, _env: Any, _now: float) -> Told:
        sent.append((party.name, notice))
        return Told(party.name, "slack", problem)

    monkeypatch.setattr(command, "tell", tell)

    found = document("contract", "impact", "inventory", "--notify", "--fail-on", "never", code=code)

    assert [name for name, _notice in sent] == ["orders", "search"]
    assert [one.document["yours"] for _name, one in sent] == [["t::a", "t::b"], []]
    assert "the property quantity of 200 was removed" in sent[0][1].markdown
    assert "- t::a" in sent[0][1].markdown
    assert "t::a" not in sent[1][1].markdown
    assert [one["ok"] for one in found["told"]] == [not problem] * 2


def test_a_consumer_without_an_address_is_named() -> None:
    shown = run("contract", "impact", "inventory@1.0.0", "inventory@1.0.0", "--notify")

    assert (shown.exit_code, "was not told" in shown.stdout) == (0, False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("inventory", "--journal", "nowhere.json"),
            "there is no journal nowhere.json. `mdt test integration --with-mocks` writes one",
        ),
        (("inventory", "--journal", "contracts/inventory/1.0.0.json"), "is no journal of this version of mdt"),
        (("inventory@3.0.0", "inventory"), "inventory has no version '3.0.0'."),
    ],
)
def test_wrong_calls(arguments: tuple[str, ...], message: str) -> None:
    found = run("contract", "impact", *arguments)

    assert found.exit_code == 2
    assert message in found.stderr


def test_without_owners_nobody_can_be_told() -> None:
    Path("contracts/inventory/owners.yaml").unlink()

    assert "says whom to tell" in run("contract", "impact", "inventory", "--notify").stderr
