"""`mdt fault report` and `mdt fault schema`, and the group without its packages."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mdt.faults.report import write
from mdt.faults.report.schema import FILE
from tests.unit.mdt.cli.support import document, run
from tests.unit.mdt.faults.report import sample

WITHOUT = "import sys; sys.modules[{package!r}] = None; from mdt.cli import main; main({arguments!r})"


@pytest.fixture
def report(tmp_path: Path) -> Path:
    return write(sample.report(), tmp_path / "reports")[0]


def test_report_is_made_again_beside_its_json(report: Path) -> None:
    before = report.stat().st_mtime_ns
    for name in ("report.html", "junit.xml"):
        report.with_name(name).unlink()

    result = run("fault", "report", report)

    assert result.exit_code == 0
    assert result.stdout.splitlines() == [f"written {report.with_name(name)}" for name in ("junit.xml", "report.html")]
    assert "Fault laboratory" in report.with_name("report.html").read_text()
    assert report.stat().st_mtime_ns == before


@pytest.mark.parametrize("spelled", [lambda path: path.parent, lambda path: path])
def test_the_folder_of_a_report_is_good_too(report: Path, spelled) -> None:
    found = document("fault", "report", spelled(report), "--out", report.parent)

    assert found == {"files": [str(report.with_name(name)) for name in ("junit.xml", "report.html")], "ok": True}


def test_another_folder_gets_all_three(report: Path, tmp_path: Path) -> None:
    out = tmp_path / "other"

    found = document("fault", "report", report, "--out", out)

    assert found["files"] == [str(out / name) for name in ("report.json", "junit.xml", "report.html")]
    assert (out / "report.json").read_bytes() == report.read_bytes()


def test_a_report_of_broken_promises_says_so(tmp_path: Path) -> None:
    path = write(sample.report(sample.case(status="failed")), tmp_path)[0]

    assert document("fault", "report", path)["ok"] is False


def test_no_report_is_a_wrong_call(tmp_path: Path) -> None:
    english, chinese = run("fault", "report", tmp_path / "no"), run("fault", "report", tmp_path / "no", lang="zh")

    assert english.exit_code == chinese.exit_code == 2
    assert english.stderr.startswith(f"Error: There is no report {tmp_path / 'no'}.")
    assert chinese.stderr.startswith(f"错误：没有报告 {tmp_path / 'no'}。")


def test_schema_is_the_committed_one() -> None:
    assert run("fault", "schema").stdout == FILE.read_text(encoding="utf-8")
    assert document("fault", "schema") == json.loads(FILE.read_text(encoding="utf-8"))


def without(package: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = WITHOUT.format(package=package, arguments=list(arguments))
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)


def test_without_the_extra_the_help_works_and_a_run_says_what_to_install() -> None:
    helped, called = without("sqlalchemy", "fault", "--help"), without("sqlalchemy", "fault", "run", "--db", "mysql")

    assert helped.returncode == 0
    assert "Interrupt the database of a service at chosen moments" in helped.stdout
    assert called.returncode == 2
    assert "needs sqlalchemy, which is not installed: pip install 'touchstone[faults]'" in called.stderr
    assert "Traceback" not in called.stderr


def test_reports_need_no_extra(report: Path) -> None:
    assert without("sqlalchemy", "fault", "report", str(report)).returncode == 0


def test_any_other_missing_module_is_a_bug_and_not_hidden() -> None:
    called = without("mdt.faults.record", "fault", "schema")

    assert called.returncode == 1
    assert "ModuleNotFoundError" in called.stderr
