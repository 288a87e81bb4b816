"""The beginning of a virtual service that is generated: rows are added, read, changed, listed and removed, and a hand may go on."""

from pathlib import Path
from typing import Any

import pytest
import requests

from mdt import mock_scenario
from mdt.generate import generated, plan, problems_of
from mdt.generate.virtual_text import NAME
from mdt.openapi import from_dict

PET = {
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "integer", "example": 7}, "name": {"type": "string", "example": "Rex"}},
}
PAGE = {
    "type": "object",
    "required": ["items"],
    "properties": {"items": {"type": "array", "items": PET}, "total": {"type": "integer", "example": 1}},
}


def body(schema: dict[str, Any], status: str = "200") -> dict[str, Any]:
    return {status: {"description": "", "content": {"application/json": {"schema": schema}}}}


def item(**operations: Any) -> dict[str, Any]:
    parameter = {"name": "petId", "in": "path", "required": True, "schema": {"type": "string"}}
    return {"parameters": [parameter], **operations}


MISSING = {"404": {"description": "", "content": {"application/json": {"example": {"code": 4, "msg": "no pet"}}}}}
PATHS = {
    "/pets": {"get": {"responses": body(PAGE)}, "post": {"responses": body(PET, "201")}},
    "/pets/{petId}": item(
        get={"responses": body(PET) | MISSING},
        put={"responses": body(PET)},
        patch={"responses": body(PET)},
        delete={"responses": {"204": {"description": ""}}},
    ),
    "/3d/{class}": item(get={"responses": body(PET)}),
    "/health": {"get": {"responses": body({"type": "object"})}},
}
URL = "http://pets.internal/pets"


def written(root: Path, paths: dict[str, Any]) -> Path:
    document = from_dict({"openapi": "3.0.3", "info": {"title": "Pets", "version": "1"}, "paths": paths})
    found = generated(document, "pets", virtual=True)
    made = plan(found, document, root / "mocks/external/pets", everything=False)
    assert problems_of(made, root / "mocks") == ()
    made.carry_out()
    return root / "mocks"


def test_rows_live_as_long_as_the_session(tmp_path: Path) -> None:
    mocks = written(tmp_path, PATHS)
    with mock_scenario("pets.virtual", mocks=mocks):
        added = requests.post(URL, json={"name": "Ada"})
        assert (added.status_code, added.json()) == (201, {"id": 8, "name": "Ada"})
        assert requests.get(URL).json() == {"items": [{"id": 7, "name": "Rex"}, {"id": 8, "name": "Ada"}], "total": 1}
        assert requests.patch(f"{URL}/8", json={"name": "Eve", "id": 99}).json() == {"id": 8, "name": "Eve"}
        assert requests.put(f"{URL}/7", json={"name": "Max"}).json() == {"name": "Max", "id": 7}
        assert requests.get(f"{URL}/8").json() == {"id": 8, "name": "Eve"}
        gone = requests.delete(f"{URL}/8")
        assert (gone.status_code, gone.content) == (204, b"")
        missing = requests.get(f"{URL}/8")
        assert (missing.status_code, missing.json()) == (404, {"code": 4, "msg": "no pet"})
        assert requests.get("http://pets.internal/health").status_code == 200  # no collection: its default scenario
    with mock_scenario("pets.virtual", mocks=mocks):
        assert requests.get(f"{URL}/7").json() == {"id": 7, "name": "Rex"}


def test_what_was_gone_on_with_by_hand_stays(tmp_path: Path) -> None:
    mocks = written(tmp_path, PATHS)
    module = mocks / "external/pets" / NAME
    module.write_text(module.read_text().replace("Rex", "Our own"), encoding="utf-8")
    ours = module.read_text()

    written(tmp_path, PATHS)

    assert module.read_text() == ours


@pytest.mark.parametrize("name", ["3d", "class", "a-b", "中文", "s"])
def test_any_path_gives_a_module_that_loads(tmp_path: Path, name: str) -> None:
    paths = {
        f"/{name}": {"get": {"responses": body({"type": "array", "items": PET})}},
        f"/{name}/{{petId}}": item(get={"responses": body(PET)}),
        f"/v2/{name}": {"post": {"responses": body(PET)}},
        f"/v2/{name}/{{petId}}": item(get={"responses": body(PET)}, delete={"responses": body(PET)}),
    }

    with mock_scenario("pets.virtual", mocks=written(tmp_path, paths)):
        assert requests.get(f"http://pets.internal/{name}").json() == [{"id": 7, "name": "Rex"}]
        assert requests.delete(f"http://pets.internal/v2/{name}/7").json() == {"id": 7, "name": "Rex"}
        assert requests.get(f"http://pets.internal/{name}/7").status_code == 200
        assert requests.get(f"http://pets.internal/v2/{name}/7").json()["error"] == "NOT_FOUND"


def test_a_document_without_collections_gives_no_module(tmp_path: Path) -> None:
    assert not (written(tmp_path, {"/health": PATHS["/health"]}) / "external/pets" / NAME).exists()


def test_a_module_is_made_only_when_it_is_asked_for(tmp_path: Path) -> None:
    document = from_dict({"openapi": "3.0.3", "info": {"title": "Pets", "version": "1"}, "paths": PATHS})

    made = plan(generated(document, "pets"), document, tmp_path / "pets", everything=False)

    assert NAME not in made.files
