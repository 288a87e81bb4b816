"""report.json is written whole, read again, and what is wrong with one is said."""

import json
from pathlib import Path

import pytest

from faultlab.language import speaking
from faultlab.report import ReportError, read, render, write
from tests.unit.report import sample


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    report = sample.report()

    files = write(report, tmp_path / "deep" / "reports")

    assert [one.name for one in files] == ["report.json", "junit.xml", "report.html", "run.log"]
    assert sorted(one.name for one in files[0].parent.iterdir()) == [
        "junit.xml",
        "report.html",
        "report.json",
        "run.log",
    ]
    assert read(files[0]) == report
    assert read(files[0].parent) == report


def test_rendering_leaves_the_json_alone(tmp_path: Path) -> None:
    files = render(sample.report(), tmp_path)

    assert [one.name for one in files] == ["junit.xml", "report.html", "run.log"]
    assert not (tmp_path / "report.json").exists()


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch) -> None:
    write(sample.report(), tmp_path)
    before = (tmp_path / "report.json").read_bytes()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(sample.report(sample.functional()), tmp_path)

    assert (tmp_path / "report.json").read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 4


def stored(tmp_path: Path, change=lambda document: None) -> Path:
    document = sample.report().model_dump(mode="json")
    changed = change(document)
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document if changed is None else changed), encoding="utf-8")
    return path


def said(path: Path, language: str = "en") -> str:
    with speaking(language), pytest.raises(ReportError) as error:
        read(path)
    with speaking(language):
        return str(error.value)


def test_no_such_file(tmp_path: Path) -> None:
    path = tmp_path / "nope.json"

    assert said(path).startswith(f"There is no report {path}. `faultlab run` writes one")
    assert said(path, "zh").startswith(f"没有报告 {path}")
    assert said(tmp_path).startswith(f"There is no report {tmp_path / 'report.json'}.")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "loop"
    path.symlink_to(path)

    assert said(path).startswith(f"The report {path} cannot be read: Too many levels")


@pytest.mark.parametrize("text", [b"", b"{", b'{"schema_version": 1', b"\xff\xfe", b"[" * 100_000])
def test_no_json(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(text)

    assert said(path).startswith(f"{path} is no JSON: ")
    assert "line 1 column" in said(path)


@pytest.mark.parametrize("document", [[], "report", 1, {"version": 1}, None])
def test_json_of_something_else(tmp_path: Path, document: object) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document), encoding="utf-8")

    assert "no report of the fault laboratory" in said(path)


@pytest.mark.parametrize("version", [2, 0, "1", None])
def test_another_version(tmp_path: Path, version: object) -> None:
    def change(document: dict) -> dict:
        return {"schema_version": version, "everything": "else"}

    assert f"has schema version {version}, this faultlab reads 1" in said(stored(tmp_path, change))


def wrong_outcome(document: dict) -> None:
    document["cases"][1]["requests"][17]["outcome"] = "perhaps"


def wrong_number(document: dict) -> None:
    document["cases"][0]["clients"] = "8"


def no_run(document: dict) -> None:
    del document["run"]


def too_much(document: dict) -> None:
    document["summary"]["mood"] = "fine"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (wrong_outcome, "  cases[1].requests[17].outcome: Input should be 'ok', 'fail' or 'unknown'"),
        (wrong_number, "  cases[0].clients: Input should be a valid integer"),
        (no_run, "  run: Field required"),
        (too_much, "  summary.mood: Extra inputs are not permitted"),
    ],
)
def test_the_wrong_member_is_named(tmp_path: Path, change, line: str) -> None:
    assert said(stored(tmp_path, change)).splitlines()[1:] == [line]


@pytest.mark.parametrize(("count", "more"), [(5, []), (7, ["  … +2"])])
def test_many_wrong_members_are_counted(tmp_path: Path, count: int, more: list[str]) -> None:
    def change(document: dict) -> None:
        for number in range(count):
            document["cases"][1]["requests"][number]["ms"] = None

    assert said(stored(tmp_path, change)).splitlines()[6:] == more
