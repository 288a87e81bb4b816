"""`faultlab report` and `faultlab schema`."""

import json
from pathlib import Path

import pytest

from faultlab.report import FILE, write
from tests.unit.commands import document, run
from tests.unit.report import sample


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return write(sample.report(), tmp_path / "reports")[0]


def test_report_is_made_again_beside_its_json(report: Path) -> None:
    before = report.stat().st_mtime_ns
    for name in ("report.html", "junit.xml", "run.log"):
        report.with_name(name).unlink()

    result = run("report", report)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"written {report.with_name(name)}" for name in ("junit.xml", "report.html", "run.log")
    ]
    assert "Fault laboratory" in report.with_name("report.html").read_text()
    assert report.stat().st_mtime_ns == before


@pytest.mark.parametrize("spelled", [lambda path: path.parent, lambda path: path])
def test_the_folder_of_a_report_is_good_too(report: Path, spelled) -> None:
    found = document("report", spelled(report), "--out", report.parent)

    assert found == {
        "files": [str(report.with_name(name)) for name in ("junit.xml", "report.html", "run.log")],
        "ok": True,
    }


def test_another_folder_gets_all_of_them(report: Path, tmp_path: Path) -> None:
    out = tmp_path / "other"

    found = document("report", report, "--out", out)

    assert found["files"] == [str(out / name) for name in ("report.json", "junit.xml", "report.html", "run.log")]
    assert (out / "report.json").read_bytes() == report.read_bytes()


def test_a_report_of_broken_promises_says_so(tmp_path: Path) -> None:
    path = write(sample.report(sample.case(status="failed")), tmp_path)[0]

    assert document("report", path)["ok"] is False


def test_no_report_is_a_wrong_call(tmp_path: Path) -> None:
    english, chinese = run("report", tmp_path / "no"), run("report", tmp_path / "no", lang="zh")

    assert english.exit_code == chinese.exit_code == 2
    assert english.stderr.startswith(f"Error: There is no report {tmp_path / 'no'}.")
    assert chinese.stderr.startswith(f"错误：没有报告 {tmp_path / 'no'}。")


def test_schema_is_the_committed_one() -> None:
    assert run("schema").stdout == FILE.read_text(encoding="utf-8")
    assert document("schema") == json.loads(FILE.read_text(encoding="utf-8"))
