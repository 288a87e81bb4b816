"""`mdt mock list` and `mdt mock schema`."""

import json
from pathlib import Path

import pytest

from mdt.definitions import json_schema
from tests.unit.cli.support import TREE, document, run, tree

VIRTUAL = '''
from mdt import VirtualService, get

class Stock(VirtualService):
    """Counts what is there.

    And more."""
    @get("/stock")
    def stock(self) -> int:
        """How many."""
        return 1
'''


def test_names_one_a_line_when_piped(tmp_path: Path) -> None:
    result = run("mock", "list", "--mocks", tree(tmp_path))

    assert result.stdout.splitlines() == ["shop.flaky", "shop.full", "shop.lost", "shop.ok", "flow.happy"]


def test_document_has_routes_places_and_descriptions(tmp_path: Path) -> None:
    rows = {row["name"]: row for row in document("mock", "list", "--mocks", tree(tmp_path))["scenarios"]}

    assert rows["shop.ok"] == {
        "name": "shop.ok",
        "kind": "scenario",
        "default": True,
        "description": "Taken.",
        "routes": ["POST /orders", "GET /orders/{id}"],
        "places": ["mocks/internal/shop.yaml:8", "mocks/internal/shop.yaml:16"],
    }
    assert not rows["shop.full"]["default"]
    assert rows["flow.happy"]["scenarios"] == ["shop.ok"]
    assert rows["flow.happy"]["kind"] == "composition"
    assert rows["flow.happy"]["description"] == "All is well."


def test_sequence_in_a_composition_is_readable(tmp_path: Path) -> None:
    files = {**TREE, "scenarios/flow/retry.yaml": "[{sequence: [shop.full, shop.ok]}]"}

    rows = document("mock", "list", "--mocks", tree(tmp_path, files))["scenarios"]

    assert rows[-1]["scenarios"] == ["shop.full → shop.ok"]


def test_virtual_service_is_listed(tmp_path: Path) -> None:
    mocks = tree(tmp_path, {"internal/stock/service.yaml": "{}", "internal/stock/virtual.py": VIRTUAL})

    (row,) = document("mock", "list", "--mocks", mocks)["scenarios"]

    assert (row["name"], row["kind"], row["default"]) == ("stock.virtual", "virtual", True)
    assert row["description"] == "Counts what is there."
    assert row["places"] == ["mocks/internal/stock/virtual.py:1"]


def test_mocks_folder_from_the_environment(tmp_path: Path) -> None:
    assert "shop.ok" in run("mock", "list", env={"MDT_MOCKS": str(tree(tmp_path))}).stdout


def test_table_in_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdt.cli.mock.names.interactive", lambda: True)

    lines = [line.split() for line in run("mock", "list", "--mocks", tree(tmp_path)).stdout.splitlines()]

    assert lines[0] == ["name", "kind", "routes", "about"]
    assert ["shop.ok", "scenario", "(default)", "2", "Taken."] in lines
    assert ["shop.full", "scenario", "1"] in lines
    assert ["flow.happy", "composition", "1", "All", "is", "well."] in lines


def test_schema_is_printed() -> None:
    assert json.loads(run("mock", "schema").stdout) == json_schema()
    assert document("mock", "schema") == json_schema()
    assert document("mock", "schema", "--of", "coverage")["title"] == "Scenario coverage of mdt"


def test_schema_is_written_once(tmp_path: Path) -> None:
    mocks = tree(tmp_path)
    path = Path("mocks/.mdt/service.schema.json")

    first = document("mock", "schema", "--write", "--mocks", mocks)
    second = document("mock", "schema", "--write", "--mocks", mocks)

    path.write_text("{}", encoding="utf-8")
    third = document("mock", "schema", "--write", "--mocks", mocks)

    assert first == third == {"file": str(path), "changed": True}
    assert second["changed"] is False
    assert json.loads(path.read_text()) == json_schema()
    assert str(path) in run("mock", "schema", "--write", "--mocks", mocks).stderr


def test_written_schema_of_the_coverage_has_its_own_name(tmp_path: Path) -> None:
    mocks = tree(tmp_path)

    written = document("mock", "schema", "--write", "--of", "coverage", "--mocks", mocks)

    assert written["file"] == "mocks/.mdt/coverage.schema.json"
