"""A draft is checked and tried before anything is written; what is written is what was previewed."""

import pytest

from mdt.drafts.draft import DraftError, draft_of
from mdt.drafts.preview import preview_of
from mdt.drafts.target import Target
from mdt.drafts.trial import trial
from tests.unit.folders import SHOP, loaded

FILES = {SHOP: "default: ok\nroutes:\n  GET /a:\n    ok: {json: 1}\n    old: {json: 2}\n", "shared/x.json": "1"}
GOOD = {
    "service": "shop",
    "method": "POST",
    "path": "/b/{id}",
    "scenarios": [{"name": "ok", "json": {"id": "{{ path.id }}"}}],
}
NEW = {**GOOD, "service": "stock", "new": {"kind": "external", "url": "http://stock.example", "title": "库存"}}


def preview(root, files=FILES, **changes):
    return preview_of(draft_of({**GOOD, **changes}), loaded(root, files), {})


def test_the_preview_shows_file_changes_and_digest(tmp_path) -> None:
    found = preview(tmp_path).as_json()

    assert (found["file"], found["exists"], found["replaces"], found["problems"]) == (SHOP, True, [], [])
    assert found["diff"][-2:] == ["+  POST /b/{id}:", "+    ok: {json: {id: '{{ path.id }}'}}"]
    assert len(found["digest"]) == 64
    assert (tmp_path / "mocks" / SHOP).read_text() == FILES[SHOP]


def test_a_new_service_gets_its_file(tmp_path) -> None:
    found = preview(tmp_path, **NEW)

    assert found.text == (
        "service: stock\ntitle: 库存\nurl: http://stock.example\ndefault: ok\n"
        "routes:\n  POST /b/{id}:\n    ok: {json: {id: '{{ path.id }}'}}\n"
    )
    assert (found.as_json()["file"], found.target.digest, found.problems) == ("external/stock.yaml", "", ())


def test_it_answers_before_it_is_written(tmp_path) -> None:
    scenarios = [*GOOD["scenarios"], {"name": "late", "status": 503, "latency": "2s", "headers": {"retry-after": "5"}}]
    found = preview(tmp_path, scenarios=scenarios, match={"json": {"n": {"type": "integer"}}})

    good, late = trial(found, {"method": "POST", "path": "/b/7?x=1", "body": '{"n": 1}'})
    assert (good["answered"], good["scenario"], good["reply"]["json"]) == (True, "ok", {"id": "7"})
    assert (late["reply"]["status"], late["reply"]["delay"]) == (503, 2)
    missed = trial(found, {"method": "POST", "path": "/b/7", "body": '{"n": "x"}'})[0]
    assert not missed["answered"]
    assert '$.n expected integer, got "x"' in missed["report"]


MISTAKES = [
    ({"service": "shpo"}, "unknown-service", "There is no service 'shpo'. Did you mean shop?"),
    ({"service": "../x"}, "bad-draft", "'../x' is no name for a service"),
    ({"service": "/etc/x"}, "bad-draft", "is no name for a service"),
    ({"service": "a/b"}, "bad-draft", "is no name for a service"),
    ({"service": "con", "new": {}}, "bad-draft", "is no name for a service"),
    ({"service": "shared", "new": {}}, "bad-draft", "is no name for a service"),
    ({"service": 5}, "bad-draft", "'service' is a text"),
    ({"service": "shop", "new": {}}, "exists", "There is a service 'shop' already."),
    ({"service": "x", "new": {"kind": "../.."}}, "bad-draft", "There is no kind '../..'. Known: external"),
    ({"service": "x", "new": {"file": "x"}}, "bad-draft", "'file' is not known here."),
    ({"service": "x", "new": "y"}, "bad-draft", "'new' is an object with kind, url, title"),
    ({"method": "FETCH"}, "bad-draft", "'FETCH' is no method. Did you mean PATCH?"),
    ({"path": "b"}, "bad-draft", "'b' is no path."),
    ({"path": "/b c"}, "bad-draft", "is no path."),
    ({"path": "/b\n"}, None, None),
    ({"path": "/b\nx: 1"}, "bad-draft", "is no path."),
    ({"scenarios": []}, "bad-draft", "`scenarios` is a list of 1 to 50"),
    ({"scenarios": [{}] * 51}, "bad-draft", "`scenarios` is a list of 1 to 50"),
    ({"scenarios": [{"json": 1}]}, "bad-draft", "'' is no name of a scenario"),
    ({"scenarios": ["x"]}, "bad-draft", "'' is no name of a scenario"),
    ({"scenarios": [{"name": "a"}, {"name": "a"}]}, "bad-draft", "'a' stands in the draft twice"),
    ({"scenarios": [{"name": "a", "boyd": 1}]}, "bad-draft", "'boyd' is not known here."),
    ({"method": "GET", "path": "/a", "match": {"query": {"x": "1"}}}, "own-match", "GET /a has its own `match`"),
    ({"extra": 1}, "bad-draft", "'extra' is not known here."),
]


@pytest.mark.parametrize(("changes", "code", "text"), MISTAKES)
def test_mistakes(tmp_path, changes, code, text) -> None:
    if code is None:
        assert preview(tmp_path, **changes).problems == ()
        return
    with pytest.raises(DraftError) as raised:
        preview(tmp_path, **changes)

    assert raised.value.code == code
    assert text in str(raised.value)


PROBLEMS = [
    ({"scenarios": [{"name": "ok", "status": 999}]}, "`status` is a number from 200 to 599"),
    ({"scenarios": [{"name": "ok", "json": "{{ nope }}"}]}, "names 'nope'"),
    ({"scenarios": [{"name": "ok", "json": 1, "text": "x"}]}, "an answer has one body"),
    ({"scenarios": [{"name": "ok", "file": "../../../etc/passwd"}]}, "passwd lies outside of mocks/"),
    ({"scenarios": [{"name": "ok", "latency": "soon"}]}, "'soon' is no duration"),
    (
        {"scenarios": [{"name": "other", "json": 1}]},
        "answers nothing until a scenario is selected",
    ),  # a warning of lint
    ({"method": "GET", "path": "/a", "scenarios": [{"name": "OLD", "json": 1}]}, "almost called like"),
    ({**NEW, "new": {"url": "http://shop.internal"}}, "belongs to two services"),
    ({**NEW, "new": {"url": "ftp://x"}}, "is no url of a service"),
]


@pytest.mark.parametrize(("changes", "text"), PROBLEMS)
def test_what_does_not_lint_clean_is_told(tmp_path, changes, text) -> None:
    found = preview(tmp_path, **changes)

    assert text in "\n".join(found.problems)


def test_warnings_that_were_there_before_do_not_count(tmp_path) -> None:
    files = {**FILES, "internal/other.yaml": "routes: {GET /x: {a: {json: 1}}}"}

    assert preview(tmp_path, files).problems == ()


def test_a_scenario_that_is_there_is_told(tmp_path) -> None:
    same = preview(tmp_path, method="GET", path="/a", scenarios=[{"name": "ok", "json": 1}])
    other = preview(
        tmp_path, method="GET", path="/a", scenarios=[{"name": "ok", "json": 5}, {"name": "more", "json": 6}]
    )

    assert (same.replaces, same.text) == ((), FILES[SHOP])
    assert other.replaces == ("ok",)
    assert "    old: {json: 2}\n" in other.text


def test_json_files_are_left_alone(tmp_path) -> None:
    with pytest.raises(DraftError, match="only YAML files are added to"):
        preview(tmp_path, {"internal/shop.json": '{"routes": {}}'})


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def target(root, name: str) -> Target:
    return Target.at(root / "mocks", root / "mocks" / name)


def test_writing_replaces_the_file_as_a_whole(tmp_path) -> None:
    loaded(tmp_path, FILES)
    (tmp_path / "mocks" / SHOP).chmod(0o640)
    one = target(tmp_path, SHOP)

    one.write("新".encode(), one.digest)

    path = tmp_path / "mocks" / SHOP
    assert path.read_text() == "新"
    assert path.stat().st_mode & 0o777 == 0o640
    assert names(path.parent) == ["shop.yaml"]


def test_what_was_changed_meanwhile_is_not_overwritten(tmp_path) -> None:
    loaded(tmp_path, FILES)
    one, new = target(tmp_path, SHOP), target(tmp_path, "internal/new.yaml")
    (tmp_path / "mocks" / SHOP).write_text("by hand")
    (tmp_path / "mocks/internal/new.yaml").write_text("by hand")

    for each in (one, new):
        with pytest.raises(DraftError, match="has changed since the preview") as raised:
            each.write(b"draft", each.digest)
        assert raised.value.code == "changed"
        assert each.path.read_text() == "by hand"
    assert names(one.path.parent) == ["new.yaml", "shop.yaml"]


@pytest.mark.parametrize("make", ["link", "folder", "outside", "linked folder"])
def test_nothing_outside_of_the_folder_is_touched(tmp_path, make) -> None:
    loaded(tmp_path, FILES)
    outside = tmp_path / "outside.yaml"
    outside.write_text("secret")
    path = tmp_path / "mocks/internal/x.yaml"
    if make == "link":
        path.symlink_to(outside)
    elif make == "folder":
        path.mkdir()
    elif make == "outside":
        path = tmp_path / "mocks/../outside.yaml"
    else:
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "mocks/external").symlink_to(tmp_path / "elsewhere")
        path = tmp_path / "mocks/external/x.yaml"

    with pytest.raises(DraftError) as raised:
        Target.at(tmp_path / "mocks", path)

    assert raised.value.code == "outside"
    assert outside.read_text() == "secret"


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch) -> None:
    loaded(tmp_path, FILES)
    one = target(tmp_path, SHOP)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("mdt.drafts.target.shutil.copymode", full)

    with pytest.raises(DraftError, match="No space left on device"):
        one.write(b"draft", one.digest)
    assert (tmp_path / "mocks" / SHOP).read_text() == FILES[SHOP]
    assert names(one.path.parent) == ["shop.yaml"]
