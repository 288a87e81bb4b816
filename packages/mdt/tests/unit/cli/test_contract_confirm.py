"""`mdt contract confirm` and `list`: who signs, once, and until the content changes."""

from pathlib import Path

import pytest

from tests.unit.cli.support import document, run
from tests.unit.cli.test_contract_check import contracts, without_quantity
from tests.unit.contracts.test_short_form import GUIDE
from tests.unit.folders import write

OWNERS = "provider: warehouse  # theirs\nconsumers: [order-service]\n"


@pytest.fixture(autouse=True)
def _project(tmp_path: Path) -> None:
    contracts(tmp_path, GUIDE, owners=OWNERS)
    write(tmp_path, {"mdt.yaml": "port: 1\n"})


def confirm(by: str, *more: str, code: int = 0) -> dict:
    return document("contract", "confirm", "inventory@1.0.0", "--by", by, "--person", "李雷", *more, code=code)


def test_check_is_content_once_everybody_has_confirmed() -> None:
    assert confirm("warehouse")["missing"] == ["order-service"]
    assert run("contract", "check").exit_code == 1
    assert confirm("order-service")["missing"] == []

    assert run("contract", "check").exit_code == 0
    text = Path("contracts/inventory/owners.yaml").read_text(encoding="utf-8")
    assert text.startswith(OWNERS)
    assert text.count("李雷") == 2


def test_another_content_needs_another_confirmation(tmp_path: Path) -> None:
    confirm("warehouse")
    confirm("order-service")

    contracts(tmp_path, without_quantity("1.0.0"))

    messages = [one["message"] for one in document("contract", "check", code=1)["problems"]]
    assert messages == [
        "inventory@1.0.0 has changed since warehouse confirmed it",
        "inventory@1.0.0 has changed since order-service confirmed it",
    ]


def test_a_confirmation_can_be_taken_back() -> None:
    confirm("warehouse")
    confirm("order-service")

    assert confirm("warehouse", "--revoke")["missing"] == ["warehouse"]
    assert (
        confirm("warehouse", "--revoke", code=1)["error"]["message"]
        == "warehouse has not confirmed inventory@1.0.0 as it is."
    )
    assert [one["message"] for one in document("contract", "check", code=1)["problems"]] == [
        "warehouse has not confirmed inventory@1.0.0"
    ]


def test_nobody_confirms_twice_or_for_a_stranger() -> None:
    confirm("warehouse")

    assert confirm("warehouse", code=1)["error"]["message"] == "warehouse has confirmed inventory@1.0.0 already."
    assert "names no 'warehous'. Did you mean warehouse?" in confirm("warehous", code=2)["error"]["message"]


def test_without_owners_there_is_nothing_to_confirm() -> None:
    Path("contracts/inventory/owners.yaml").unlink()

    assert "Write one beside its versions" in confirm("warehouse", code=2)["error"]["message"]


def test_the_list_has_versions_and_who_confirmed_them() -> None:
    confirm("warehouse")

    (row,) = document("contract", "list")["contracts"]
    assert (row["contract"], row["file"], row["operations"]) == ("inventory@1.0.0", "contracts/inventory/1.0.0.json", 1)
    assert [(one["name"], one["role"], one["confirmed"], one["person"]) for one in row["parties"]] == [
        ("warehouse", "provider", True, "李雷"), ("order-service", "consumer", False, None)
    ]  # fmt: skip
    assert run("contract", "list").stdout.endswith("✓ warehouse   ✗ order-service\n")


def test_the_person_is_the_user_of_git_or_of_the_machine() -> None:
    found = document("contract", "confirm", "inventory", "--by", "warehouse")

    assert found["person"]
