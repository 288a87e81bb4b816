"""`mdt mock create`: an example that lints clean and is all there; nothing is ever overwritten."""

import json
from pathlib import Path

import pytest

from mdt.cli.mock.create import TYPES
from mdt.definitions import json_schema, load
from tests.unit.cli.support import document, run, with_contract
from tests.unit.folders import Player


@pytest.mark.parametrize("kind", TYPES)
def test_example_lints_clean(tmp_path: Path, kind: str) -> None:
    assert document("mock", "create", "--type", kind)["existing"] == []

    assert run("mock", "lint", "--strict").exit_code == 0


def test_example_has_one_of_each(tmp_path: Path) -> None:
    run("mock", "create", tmp_path / "project")

    catalog = load(tmp_path / "project" / "mocks", {})
    assert {"inventory", "payment"} <= set(catalog.services)
    assert catalog.services["inventory"].virtual is not None
    assert "order-flow.happy" in catalog.compositions
    assert "products" in catalog.shared
    assert not list(tmp_path.rglob("*.example"))


def test_every_scenario_of_the_example_answers() -> None:
    run("mock", "create")
    rows = document("mock", "list")["scenarios"]

    for row in rows:
        if row["kind"] != "composition":
            service, _, name = row["name"].partition(".")
            routes = document("mock", "debug", "--service", service, "--scenario", name)["routes"]
            assert routes
            assert all(reply["answered"] for route in routes for reply in route["replies"])


def test_virtual_service_of_the_example_has_state(tmp_path: Path) -> None:
    run("mock", "create")
    player = Player(load(tmp_path / "mocks", {}), "inventory.virtual")
    wanted = {"productId": "p2", "quantity": 3}

    assert player.json("POST http://inventory.internal/stock/check", data=wanted)["available"]
    assert player.json("POST http://inventory.internal/stock/take", data=wanted)["stock"] == 2
    assert not player.json("POST http://inventory.internal/stock/check", data=wanted)["available"]
    assert player.reply("POST http://inventory.internal/stock/take", data=wanted).status == 409
    assert player.reply("GET http://inventory.internal/products/none").status == 404


def test_schema_for_editors_is_where_the_files_say(tmp_path: Path) -> None:
    run("mock", "create")

    named = {}
    for path in (tmp_path / "mocks").rglob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        if "$schema=" in first:
            named[path.name] = (path.parent / first.partition("$schema=")[2]).resolve()
    assert set(named) == {"service.yaml", "payment.yaml", "batch.yaml"}
    assert all(json.loads(path.read_text(encoding="utf-8")) == json_schema() for path in named.values())


def test_second_time_nothing_is_written(tmp_path: Path) -> None:
    first = document("mock", "create")
    mine = tmp_path / "mocks" / "shared" / "products.json"
    mine.write_text(mine.read_text(encoding="utf-8").replace("100", "7"), encoding="utf-8")

    second = document("mock", "create")

    assert second == {"folder": "mocks", "written": [], "existing": first["written"]}
    assert '"stock": 7' in mine.read_text(encoding="utf-8")
    assert run("mock", "create").stdout.endswith("Everything was there already.\n")


def test_missing_files_are_written_and_those_there_are_told(tmp_path: Path) -> None:
    run("mock", "create")
    (tmp_path / "mocks" / "mdt.yaml").unlink()

    said = run("mock", "create").stdout

    assert "written mocks/mdt.yaml" in said
    assert "exists  mocks/external/payment.yaml" in said
    assert "Next: mdt mock serve" in said


def test_example_that_clashes_is_not_written(tmp_path: Path) -> None:
    (tmp_path / "mocks" / "internal").mkdir(parents=True)
    mine = tmp_path / "mocks" / "internal" / "inventory.yaml"
    mine.write_text("service: inventory", encoding="utf-8")

    result = run("mock", "create")

    assert result.exit_code == 1
    assert "Nothing was written" in result.stderr
    assert "two services called 'inventory'" in result.stderr
    assert [path for path in (tmp_path / "mocks").rglob("*") if path.is_file()] == [mine]


def test_definitions_with_contracts_outside_are_no_clash(tmp_path: Path) -> None:
    with_contract(tmp_path, "mocks/internal/shop.yaml", "service: shop\nroutes: {GET /a: {ok: {json: {id: a}}}}\n")

    result = run("mock", "create")

    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["contracts", "mocks"]


def test_unknown_type_is_wrong_usage() -> None:
    assert run("mock", "create", "--type", "frontend").exit_code == 2
