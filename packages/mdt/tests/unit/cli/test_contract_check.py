"""`mdt contract check`, `diff` and `rules` as commands: documents, texts, exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.support import document, run
from tests.unit.contracts.test_short_form import GUIDE
from tests.unit.folders import write

MOCKS = """\
service: inventory
contract: ../../contracts/inventory/1.0.0.json
default: ok
routes:
  POST /internal/inventory/check:
    ok: {json: {available: true, quantity: 1}}
    down: {status: 503}
"""


def contracts(root: Path, *versions: dict[str, Any], **files: str) -> None:
    folder = root / "contracts" / "inventory"
    folder.mkdir(parents=True, exist_ok=True)
    for one in versions:
        (folder / f"{one['version']}.json").write_text(json.dumps(one), encoding="utf-8")
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def without_quantity(version: str) -> dict[str, Any]:
    return {**GUIDE, "version": version, "apis": [{**GUIDE["apis"][0], "response": {"available": "boolean"}}]}


@pytest.fixture(autouse=True)
def _project(tmp_path: Path) -> None:
    contracts(tmp_path, GUIDE, owners="provider: warehouse\n")
    write(tmp_path, {"internal/inventory.yaml": MOCKS, "internal/other.yaml": "routes: {GET /x: {ok: {json: 1}}}\n"})


def test_check_lists_what_was_checked() -> None:
    (Path("contracts/inventory/owners.yaml")).unlink()

    found = document("contract", "check")

    assert found["contracts"] == ["inventory@1.0.0"]
    assert found["services"] == [{"name": "inventory", "contract": "inventory@1.0.0", "answers": 2, "recordedCalls": 0}]
    assert found["withoutContract"] == ["other"]
    assert [one["message"] for one in found["warnings"]] == [
        "inventory has no owners.yaml, so nobody confirms its versions"
    ]
    assert run("contract", "check", "--strict").exit_code == 1


def test_check_fails_for_a_mock_that_breaks_the_contract(tmp_path: Path) -> None:
    contracts(tmp_path, owners="consumers: []\nprovider: a\n")
    write(tmp_path, {"internal/inventory.yaml": MOCKS.replace("quantity: 1", "quantity: many")})

    found = run("contract", "check")

    assert found.exit_code == 1
    assert 'mocks/internal/inventory.yaml:6: inventory.ok: $.quantity "many" is not of type "number"' in found.stdout
    assert "Contract: contracts/inventory/1.0.0.json" in found.stdout


def test_check_fails_for_a_version_that_nobody_confirmed() -> None:
    (problem,) = document("contract", "check", code=1)["problems"]

    assert problem["message"] == "warehouse has not confirmed inventory@1.0.0"
    assert problem["hint"] == "Confirm it: mdt contract confirm inventory@1.0.0 --by warehouse"


def test_check_fails_for_a_contract_that_cannot_be_read(tmp_path: Path) -> None:
    Path("contracts/inventory/2.0.0.yaml").write_text("- a\n", encoding="utf-8")

    problems = document("contract", "check", code=1)["problems"]

    assert ("contracts/inventory/2.0.0.yaml", "an OpenAPI document is a mapping") in {
        (one["file"], one["message"]) for one in problems
    }


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("inventory",), 1),
        (("inventory@1.0.0", "inventory@2.0.0"), 1),
        (("contracts/inventory/1.0.0.json", "contracts/inventory/2.0.0.json"), 1),
        (("inventory", "--fail-on", "never"), 0),
        (("inventory", "--severity", "response-required-property-removed=warn"), 0),
        (("inventory", "--severity", "response-required-property-removed=warn", "--fail-on", "warn"), 1),
        (("inventory", "--severity", "response-required-property-removed=off"), 0),
        (("inventory@1.0.0", "inventory@1.0.0"), 0),
        (("inventory@2.0.0", "inventory@1.0.0"), 0),
    ],
)
def test_diff_fails_from_a_severity_on(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    contracts(tmp_path, without_quantity("2.0.0"))

    assert run("contract", "diff", *arguments).exit_code == code


def test_diff_leaves_out_what_is_approved(tmp_path: Path) -> None:
    contracts(tmp_path, without_quantity("2.0.0"))
    fingerprint = document("contract", "diff", "inventory", code=1)["changes"][0]["fingerprint"]
    Path("contracts/rules.yaml").write_text(f"approved: {{{fingerprint}: Nobody reads it.}}\n", encoding="utf-8")

    assert document("contract", "diff", "inventory")["summary"] == {"err": 0, "warn": 0, "info": 0}


@pytest.mark.parametrize("form", ["text", "markdown", "github"])
def test_diff_in_each_form_and_language(tmp_path: Path, form: str) -> None:
    contracts(tmp_path, without_quantity("2.0.0"))

    english = run("contract", "diff", "inventory", "--format", form).stdout
    chinese = run("contract", "diff", "inventory", "--format", form, lang="zh").stdout

    assert "the property quantity of 200 was removed" in english
    assert "quantity" in chinese
    assert "was removed" not in chinese


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("invntory", "inventory"), "Did you mean inventory?"),
        (("inventory",), "inventory has one version alone, 1.0.0; name two files."),
        (("contracts/inventory/1.0.0.json",), "Name a second version."),
        (("inventory@1.0.0", "inventory@9.0.0"), "inventory has no version '9.0.0'."),
        (("inventory@1.0.0", "inventory", "--severity", "x"), "Write RULE=LEVEL"),
        (("inventory@1.0.0", "inventory", "--severity", "endpoint-aded=err"), "there is no rule 'endpoint-aded'."),
        (("inventory@1.0.0", "inventory", "--contracts", "nowhere"), "there is no folder nowhere"),
    ],
)
def test_diff_of_what_is_not_there(arguments: tuple[str, ...], message: str) -> None:
    found = run("contract", "diff", *arguments)

    assert found.exit_code == 2
    assert message in found.stderr


def test_rules_are_listed_with_their_severities() -> None:
    listed = document("contract", "rules")["rules"]

    assert {"id": "response-required-property-removed", "severity": "err"} in listed
    assert len(listed) > 350
