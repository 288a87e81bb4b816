"""`mdt test integration`: the server, the environment, pytest's exit code, and the coverage of what really happened."""

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import jsonschema_rs
import pytest

from mdt.cli.integration.coverage_schema import coverage_schema
from tests.sockets.cli.support import environment, mdt

SUITE = """
    import os

    import pytest
    import requests

    from mdt import mock_scenario

    INVENTORY = os.environ["INVENTORY_URL"]
    WANTED = {"productId": "p1", "quantity": 1}


    def check():
        return requests.post(f"{INVENTORY}/stock/check", json=WANTED, timeout=10)


    def test_server():
        assert check().json()["available"]


    def test_typo():
        assert requests.post(f"{INVENTORY}/stock/chek", json=WANTED, timeout=10).status_code == 501


    @pytest.mark.parametrize("number", range(2))
    def test_inside(number):
        with mock_scenario("inventory.outOfStock"):
            assert not check().json()["available"]


    def test_payment():
        answer = requests.post(f"{os.environ['PAYMENT_URL']}/charges", json={"orderId": "o", "amount": 1}, timeout=10)
        assert answer.status_code == 402, os.environ["MDT_SESSION"]
    """


@pytest.fixture
def suite(project: Path) -> Path:
    tests = project / "tests" / "integration"
    tests.mkdir(parents=True)
    (tests / "test_shop.py").write_text(dedent(SUITE), encoding="utf-8")
    (project / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider -p no:randomly\n", encoding="utf-8")
    return project


def covered(project: Path) -> dict[str, Any]:
    document = json.loads((project / "reports" / "mdt" / "coverage.json").read_text(encoding="utf-8"))
    jsonschema_rs.Draft202012Validator(coverage_schema()).validate(document)
    return document


def uses(document: dict[str, Any]) -> dict[str, dict[str, int]]:
    """Tests with their calls, by scenario."""
    return {
        f"{service['name']}.{one['name']}": {test["id"].partition("::")[2]: test["calls"] for test in one["tests"]}
        for service in document["services"]
        for route in service["routes"]
        for one in route["scenarios"]
        if one["calls"]
    }


EXPECTED = {
    "inventory.available": {"test_server": 1},
    "inventory.outOfStock": {"test_inside[0]": 1, "test_inside[1]": 1},
    "payment.declined": {"test_payment": 1},
}


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_coverage_names_the_tests(suite: Path, workers: tuple[str, ...]) -> None:
    result = mdt("test", "integration", "--with-mocks", "--scenario", "payment.declined", "-q", *workers, cwd=suite)

    assert result.returncode == 0, result.stdout + result.stderr
    document = covered(suite)
    assert uses(document) == EXPECTED
    (miss,) = document["unmatched"]
    assert miss["test"] == "tests/integration/test_shop.py::test_typo"
    assert "chek → check" in miss["reason"]
    assert document["pytest"]["arguments"] == ["tests/integration", "-q", *workers]
    assert "Scenarios used: 3 of " in result.stdout
    assert "never used payment.timeout   POST /charges   mocks/external/payment.yaml:13" in result.stdout
    assert "unmatched  POST" in result.stdout
    assert (suite / "reports" / "mdt" / "coverage.html").is_file()


CONTRACT = {
    "service": "inventory",
    "version": "1.0.0",
    "apis": [
        {
            "endpoint": "/stock/check",
            "method": "POST",
            "request": {"productId": "string", "quantity": "integer"},
            "response": {"productId": "string", "available": "boolean", "quantity": "integer", "place": "string"},
        }
    ],
}


def test_calls_that_break_a_contract_are_told_and_impact_names_the_tests(suite: Path) -> None:
    """The mocks answer no `place`, on the server and in the process."""
    for version, response in (("1.0.0", {}), ("2.0.0", {"quantity": "string"})):
        api = {**CONTRACT["apis"][0], "response": {**CONTRACT["apis"][0]["response"], **response}}
        file = suite / "contracts" / "inventory" / f"{version}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({**CONTRACT, "version": version, "apis": [api]}), encoding="utf-8")
    service = suite / "mocks" / "internal" / "inventory" / "service.yaml"
    text = service.read_text(encoding="utf-8").replace(
        "default:", "contract: ../../../contracts/inventory/1.0.0.json\ndefault:", 1
    )
    service.write_text(text, encoding="utf-8")

    result = mdt("test", "integration", "--with-mocks", "-q", "-k", "server or inside", cwd=suite)
    told = mdt("contract", "impact", "inventory", "--json", cwd=suite)

    prefix = "tests/integration/test_shop.py::"
    assert "  drift      inventory.outOfStock" in result.stdout
    assert {one["scenario"]: one["tests"] for one in covered(suite)["drift"]} == {
        "available": [f"{prefix}test_server"], "outOfStock": [f"{prefix}test_inside[0]", f"{prefix}test_inside[1]"]
    }  # fmt: skip
    assert told.returncode == 1
    assert json.loads(told.stdout)["tests"] == [
        f"{prefix}{name}" for name in ("test_inside[0]", "test_inside[1]", "test_server")
    ]


def test_exit_code_is_that_of_pytest_and_the_report_is_written(suite: Path) -> None:
    result = mdt("test", "integration", "--with-mocks", "--json", "-k", "payment", cwd=suite)

    assert result.returncode == 1
    document = json.loads(result.stdout)
    assert document == covered(suite)
    assert document["pytest"]["exitCode"] == 1
    assert "1 failed" in result.stderr


def test_no_tests_is_five(suite: Path) -> None:
    assert mdt("test", "integration", "--with-mocks", "-k", "nothing", cwd=suite).returncode == 5


def test_place_and_reports_can_be_chosen(suite: Path) -> None:
    (suite / "tests" / "integration").rename(suite / "elsewhere")

    result = mdt(
        "test", "integration", "--with-mocks", "--tests", "elsewhere", "--reports", "out", "-k", "server", cwd=suite
    )

    assert result.returncode == 0, result.stdout
    assert sorted(path.name for path in (suite / "out").iterdir()) == ["coverage.html", "coverage.json", "journal.json"]


def test_one_test_by_name(suite: Path) -> None:
    result = mdt("test", "integration", "--with-mocks", "tests/integration/test_shop.py::test_server", "-q", cwd=suite)

    assert result.returncode == 0
    assert "1 passed" in result.stdout


def test_token_of_the_settings_is_handed_to_workers(suite: Path) -> None:
    (suite / "mocks" / "mdt.yaml").write_text("token: secret\n", encoding="utf-8")

    result = mdt("test", "integration", "--with-mocks", "-q", "-n", "2", "-k", "server", cwd=suite)

    assert result.returncode == 0, result.stdout + result.stderr


def test_mistyped_scenario_starts_nothing(suite: Path) -> None:
    result = mdt("test", "integration", "--with-mocks", "--scenario", "payment.decline", cwd=suite)

    assert result.returncode == 2
    assert "Did you mean payment.declined" in result.stderr
    assert not (suite / "reports").exists()


def test_without_mocks_it_is_pytest_alone(suite: Path) -> None:
    (suite / "tests" / "integration" / "test_shop.py").write_text(
        "import os\ndef test_a(): assert 'INVENTORY_URL' not in os.environ", encoding="utf-8"
    )

    result = mdt("test", "integration", "-q", cwd=suite)

    assert result.returncode == 0, result.stdout
    assert "Without --with-mocks" in result.stderr
    assert not (suite / "reports").exists()


def test_recorder_is_idle_outside(suite: Path) -> None:
    """PYTEST_PLUGINS may be inherited by another pytest; without the folder for records nothing is recorded."""
    assert "MDT_RECORDS" not in environment()
    (suite / "tests" / "integration" / "test_shop.py").write_text("def test_a(): pass", encoding="utf-8")

    result = mdt("test", "integration", "-q", cwd=suite, PYTEST_PLUGINS="mdt.cli.integration.recorder")

    assert result.returncode == 0, result.stdout + result.stderr
