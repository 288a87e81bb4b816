"""`faultlab check`: a stored report is judged by what it recorded, not by what it says of itself."""

from pathlib import Path
from typing import Any

import pytest

from faultlab.checker import judged, summary
from faultlab.report import write
from faultlab.report_model import Case, Environment, Report, Run
from tests.unit.checker.histories import case, sent, settled, stored
from tests.unit.commands import document, run

GOOD = judged(case(sent("a"), books=[settled(stored("a"))], id="FT-001"))
SLOW = judged(case(sent("a", ms=5000), books=[settled(stored("a"))], id="FT-004"))
LOST = judged(case(sent("a"), books=[settled()], id="FT-002"))
SKIPPED = case(id="FT-003", status="not_run", reason="The server is not ours to kill.")
WHY_LOST = "I1: Acknowledged and not stored: a."


@pytest.fixture
def report(tmp_path: Path) -> Any:
    """Writes a report of these cases, and gives its path."""

    def written(*cases: Case) -> Path:
        environment = Environment(database="mysql", version="8.4", way="local", service="shop", cores=2)
        began = Run(id="r", seed=1, started="2026-01-02T03:04:05Z", duration_s=1.0)
        found = Report(run=began, environment=environment, cases=list(cases), summary=summary(cases))
        write(found, tmp_path / "reports")
        return tmp_path / "reports" / "report.json"

    return written


def test_all_kept(report: Any) -> None:
    result = run("check", report(GOOD))

    assert result.exit_code == 0
    heading, row, last = result.stdout.splitlines()
    assert heading.split() == ["case", "status", *(f"I{number}" for number in range(1, 11))]
    assert row.split() == ["FT-001", "passed", "✓", "✓", "✓", "–", "–", "–", "✓", "–", "✓", "–"]
    assert last == "passed 1, failed 0, void 0, not run 0"


def test_broken_promise(report: Any) -> None:
    result = run("check", report(GOOD, LOST))

    assert result.exit_code == 1
    assert result.stdout.splitlines()[2].split()[:3] == ["FT-002", "failed", "✗"]
    assert result.stdout.splitlines()[3:] == [f"FT-002: {WHY_LOST}", "passed 1, failed 1, void 0, not run 0"]


def test_folder_of_the_report_will_do(report: Any) -> None:
    assert run("check", report(GOOD).parent).exit_code == 0


def test_what_the_report_says_of_itself_is_not_believed(report: Any) -> None:
    pretended = LOST.model_copy(update={"status": "passed", "reason": "", "findings": GOOD.findings})
    file = report(pretended)

    assert "FT-002  failed (was: passed)" in run("check", file).stdout
    (found,) = document("check", file, code=1)["cases"]
    assert (found["was"], found["status"], found["reason"]) == ("passed", "failed", WHY_LOST)


def test_json(report: Any) -> None:
    found = document("check", report(GOOD, LOST), code=1)

    assert (found["ok"], found["slack"]) == (False, 1.0)
    assert [one["id"] for one in found["cases"]] == ["FT-001", "FT-002"]
    assert found["cases"][1]["findings"][0] == {
        "id": "I1", "ok": False, "detail": "Acknowledged and not stored: a.", "detail_zh": "已确认但未保存：a。"
    }  # fmt: skip
    assert len(found["cases"][0]["findings"]) == 10


def test_one_case(report: Any) -> None:
    file = report(GOOD, LOST, SLOW)

    assert document("check", file, "--case", "FT-001")["ok"] is True
    some = document("check", file, "--case", "FT-004", "--case", "FT-001", code=1)
    assert [one["id"] for one in some["cases"]] == ["FT-001", "FT-004"]


def test_unknown_case(report: Any) -> None:
    result = run("check", report(GOOD), "--case", "FT-99", "--case", "FT-01")

    assert result.exit_code == 2
    assert "The report has no case 'FT-01'. Did you mean FT-001?" in result.stderr


def test_slack(report: Any) -> None:
    file = report(SLOW)

    assert run("check", file).exit_code == 1
    found = document("check", file, "--slack", "2")
    assert (found["slack"], found["cases"][0]["was"], found["cases"][0]["status"]) == (2.0, "failed", "passed")


@pytest.mark.parametrize("slack", ["0", "-1", "nan", "inf"])
def test_slack_that_would_judge_nothing(report: Any, slack: str) -> None:
    result = run("check", report(GOOD), "--slack", slack)

    assert result.exit_code == 2
    assert "--slack is a number over 0" in result.stderr


def test_not_run(report: Any) -> None:
    result = run("check", report(GOOD, SKIPPED))

    assert result.exit_code == 0
    assert "FT-003  not run" in result.stdout
    assert "FT-003: The server is not ours to kill." in result.stdout
    assert "passed 1, failed 0, void 0, not run 1" in result.stdout


def test_nothing_ran(report: Any) -> None:
    assert run("check", report(SKIPPED)).exit_code == 1
    assert run("check", report(GOOD, SKIPPED), "--case", "FT-003").exit_code == 1


def test_no_report(tmp_path: Path) -> None:
    result = run("check", tmp_path / "report.json")

    assert result.exit_code == 2
    assert "report.json" in result.stderr


def test_in_chinese(report: Any) -> None:
    result = run("check", report(LOST), lang="zh")

    assert result.stdout.splitlines()[0].split()[:2] == ["用例", "状态"]
    assert "失败" in result.stdout
    assert "FT-002: I1：已确认但未保存：a。" in result.stdout
    assert "失败（原为：通过）" in run("check", report(LOST.model_copy(update={"status": "passed"})), lang="zh").stdout


def test_help() -> None:
    shown = " ".join(run("check", "--help").stdout.split())

    assert shown.startswith("Usage: faultlab check [OPTIONS] REPORT.JSON Judge a report again, from what it recorded.")
    assert "--case ID Only this case; may be repeated." in shown
    assert "--slack FLOAT Stretch the limits of time by this factor; otherwise by that of the run." in shown
    assert "重新判定" in run("check", "--help", lang="zh").stdout
