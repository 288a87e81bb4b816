"""A second run changes what the document changed, and nothing that somebody edited."""

import json
from pathlib import Path
from typing import Any

import pytest

from mdt.errors import DefinitionError
from mdt.generate import Plan, generated, plan
from mdt.openapi import from_dict


def document(paths: dict[str, Any], title: str = "Pets") -> Any:
    return from_dict({"openapi": "3.1.0", "info": {"title": title, "version": "1"}, "paths": paths})


def answer(value: Any, **more: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": {"enum": [value]}}}
    return {"responses": {"200": {"description": "", "content": content}, **more}}


LARGE = {"text": "x" * 500}
PATHS = {
    "/cats": {"get": answer({"cat": 1}, **{"404": {"description": ""}})},
    "/dogs": {"get": answer({"dog": 1})},
    "/birds": {"get": {**answer(LARGE), "operationId": "birds"}},
}


class Mocks:
    """The folder of a service that is generated again and again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "service.yaml"

    def generate(self, paths: dict[str, Any] = PATHS, title: str = "Pets") -> Plan:
        read = document(paths, title)
        made = plan(generated(read, "pets"), read, self.folder, everything=False)
        self.before = self.file.read_text(encoding="utf-8") if self.file.exists() else ""
        made.carry_out()
        return made

    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    def edit(self, old: str, new: str) -> None:
        assert old in self.text()
        self.file.write_text(self.text().replace(old, new), encoding="utf-8")

    def changed_lines(self) -> list[str]:
        """The lines that the last run wrote in place of others."""
        before = self.before.splitlines()
        return [line.strip() for line in self.text().splitlines() if line not in before]


@pytest.fixture
def mocks(tmp_path: Path) -> Mocks:
    found = Mocks(tmp_path / "pets")
    found.generate()
    return found


def told(made: Plan) -> list[tuple[str, str]]:
    return [(one.kind, one.what) for one in made.changes]


def test_the_same_document_changes_nothing(mocks: Mocks) -> None:
    made = mocks.generate()

    assert (told(made), made.differing, mocks.changed_lines()) == ([], [], [])


def test_a_small_change_of_the_document_is_a_small_difference(mocks: Mocks) -> None:
    made = mocks.generate({**PATHS, "/dogs": {"get": answer({"dog": 2})}})

    assert told(made) == [("changed", "GET /dogs success")]
    assert mocks.changed_lines() == ["success: {json: {dog: 2}}"]


def test_edits_and_comments_stay(mocks: Mocks) -> None:
    mocks.edit("    success: {json: {dog: 1}}", "    # our dog\n    success: {json: {dog: 99}}  # by hand")
    mocks.edit("    notFound: {status: 404}", "    notFound: {status: 404}\n    ours: {status: 299}")

    made = mocks.generate({**PATHS, "/birds": {"get": answer({"bird": 1})}})

    assert told(made) == [("kept", "GET /dogs success"), ("changed", "GET /birds success")]
    assert "    # our dog\n    success: {json: {dog: 99}}  # by hand\n" in mocks.text()
    assert "    ours: {status: 299}\n" in mocks.text()
    assert mocks.changed_lines() == ["success: {json: {bird: 1}}"]


def test_an_edit_where_the_document_changed_is_a_conflict_and_stays(mocks: Mocks) -> None:
    mocks.edit("{dog: 1}", "{dog: 99}")

    made = mocks.generate({**PATHS, "/dogs": {"get": answer({"dog": 2})}})

    assert told(made) == [("conflict", "GET /dogs success")]
    assert "success: {json: {dog: 99}}" in mocks.text()


def test_an_edit_that_the_document_caught_up_with_is_no_edit_any_more(mocks: Mocks) -> None:
    mocks.edit("{dog: 1}", "{dog: 2}")
    two, three = ({**PATHS, "/dogs": {"get": answer({"dog": number})}} for number in (2, 3))

    assert told(mocks.generate(two)) == []
    assert told(mocks.generate(three)) == [("changed", "GET /dogs success")]


def test_an_edited_body_file_stays(mocks: Mocks) -> None:
    body = mocks.folder / "bodies" / "birds.success.json"
    body.write_text('{"bird": "ours"}', encoding="utf-8")

    changed = {**PATHS, "/birds": {"get": {**answer({"text": "y" * 500}), "operationId": "birds"}}}

    assert told(mocks.generate()) == [("kept", "GET /birds success")]
    assert told(mocks.generate(changed)) == [("conflict", "GET /birds success")]
    assert told(mocks.generate(changed)) == [("kept", "GET /birds success")]
    assert body.read_text(encoding="utf-8") == '{"bird": "ours"}'


def test_what_the_document_has_no_more_goes_with_its_files_unless_it_was_edited(mocks: Mocks) -> None:
    mocks.edit("{dog: 1}", "{dog: 99}")
    without = {"/cats": {"get": answer({"cat": 1})}}

    made = mocks.generate(without)

    assert told(made) == [("removed", "GET /cats notFound"), ("orphan", "GET /dogs"), ("removed", "GET /birds")]
    assert "GET /dogs:" in mocks.text()
    assert "GET /birds:" not in mocks.text()
    assert not (mocks.folder / "bodies" / "birds.success.json").exists()
    assert told(mocks.generate(without)) == [("orphan", "GET /dogs")]


def test_what_was_removed_by_hand_stays_away(mocks: Mocks) -> None:
    mocks.edit("    notFound: {status: 404}\n", "")

    for _run in range(2):
        assert told(mocks.generate()) == [("deleted", "GET /cats notFound")]
    assert "notFound" not in mocks.text()


def test_routes_and_settings_of_ones_own_stay(mocks: Mocks) -> None:
    mocks.edit("default: success", "default: ours")
    mocks.file.write_text(mocks.text() + "  # ours\n  GET /ours:\n    ours: {status: 204}\n", encoding="utf-8")

    made = mocks.generate(title="Other")

    assert told(made) == []
    assert "default: ours" in mocks.text()
    assert mocks.text().endswith("  # ours\n  GET /ours:\n    ours: {status: 204}\n")


def test_a_route_on_one_line_is_kept_as_a_whole(mocks: Mocks) -> None:
    start, end = mocks.text().index("  GET /dogs:"), mocks.text().index("  GET /birds:")
    mocks.edit(mocks.text()[start:end], "  GET /dogs: {success: {status: 201}, other: {status: 202}}\n")

    assert told(mocks.generate()) == [("kept", "GET /dogs")]
    assert "  GET /dogs: {success: {status: 201}, other: {status: 202}}\n" in mocks.text()


def test_a_file_of_somebody_else_is_not_touched(tmp_path: Path) -> None:
    mocks = Mocks(tmp_path)
    mocks.file.write_text("service: pets\n", encoding="utf-8")

    with pytest.raises(DefinitionError, match="was not generated"):
        mocks.generate()

    assert mocks.text() == "service: pets\n"
    assert [path.name for path in tmp_path.iterdir()] == ["service.yaml"]


def test_a_broken_lock_makes_everything_an_edit(mocks: Mocks) -> None:
    (mocks.folder / ".generated.json").write_text("{", encoding="utf-8")

    made = mocks.generate({**PATHS, "/dogs": {"get": answer({"dog": 2})}})

    assert told(made) == [("conflict", "GET /dogs success")]


def test_edited_callbacks_stay(tmp_path: Path) -> None:
    sent = {
        "post": {"requestBody": {"content": {"application/json": {"schema": {"enum": [{"a": 1}]}}}}, "responses": {}}
    }
    raw = {"openapi": "3.1.0", "info": {"title": "P", "version": "1"}, "paths": {}, "webhooks": {"paid": sent}}
    read = from_dict(raw)

    def run() -> Plan:
        made = plan(generated(read, "pets"), read, tmp_path, everything=False)
        made.carry_out()
        return made

    run()
    assert "paid:" in (tmp_path / "callbacks.yaml").read_text(encoding="utf-8")
    (tmp_path / "callbacks.yaml").write_text("ours: {}\n", encoding="utf-8")
    assert told(run()) == [("kept", "callbacks.yaml")]
    assert (tmp_path / "callbacks.yaml").read_text(encoding="utf-8") == "ours: {}\n"


def test_the_lock_has_a_line_for_each_route(mocks: Mocks) -> None:
    lock = (mocks.folder / ".generated.json").read_text(encoding="utf-8")

    assert set(json.loads(lock)["routes"]) == {"GET /cats", "GET /dogs", "GET /birds"}
    assert sum(line.lstrip().startswith('"GET ') for line in lock.splitlines()) == 3
