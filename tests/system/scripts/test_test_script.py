"""`scripts/test.sh` never calls a run good in which nothing ran."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "test.sh"
FAKE_PYTHON = """#!/bin/sh
echo "$*" >>calls
case "$*" in
    *tests/unit*) exit {unit} ;;
    *tests/system*) exit {system} ;;
    *tests/integration*) exit {integration} ;;
    *include=backend/core*) exit {core} ;;
esac
"""


@pytest.fixture
def run(tmp_path):
    """Run the script with a pytest that ends as told; gives the exit status and the calls."""

    def run_script(*words, unit=0, system=0, integration=0, core=0, **environment):
        (tmp_path / "scripts").mkdir()
        (tmp_path / ".venv" / "bin").mkdir(parents=True)
        shutil.copy(SCRIPT, tmp_path / "scripts")
        python = tmp_path / ".venv" / "bin" / "python"
        python.write_text(FAKE_PYTHON.format(unit=unit, system=system, integration=integration, core=core))
        python.chmod(0o755)
        command = ["/bin/sh", str(tmp_path / "scripts" / "test.sh"), *words]
        done = subprocess.run(
            command,
            check=False,
            env={"PATH": "/usr/bin:/bin"} | environment,
            capture_output=True,
            text=True,
            timeout=30,
        )
        return done, (tmp_path / "calls").read_text()

    return run_script


def test_every_suite_runs(run):
    done, calls = run("all", "-k", "a login")

    assert done.returncode == 0
    assert "pytest tests/unit -n auto --dist worksteal -k a login" in calls
    assert "pytest tests/system -n auto --dist worksteal -k a login" in calls
    assert "pytest tests/integration -n auto --dist worksteal -k a login" in calls


def test_a_failed_suite_does_not_hide_the_others(run):
    done, calls = run("all", unit=1)

    assert done.returncode == 1
    assert "tests/integration" in calls
    assert "Failed: unit" in done.stderr


@pytest.mark.parametrize("empty", ["unit", "system", "integration"])
def test_a_suite_without_tests_is_a_failure(run, empty):
    done, _ = run("all", **{empty: 5})

    assert done.returncode == 1
    assert f"{empty}(no test ran)" in done.stderr


def test_a_choice_may_leave_one_suite_empty_but_not_all(run):
    done, _ = run("all", "-k", "login", unit=5)

    assert done.returncode == 0


def test_a_choice_that_chooses_nothing_is_a_failure(run):
    done, _ = run("all", "-k", "nothing", unit=5, system=5, integration=5)

    assert done.returncode == 1


def test_coverage_is_measured_over_all_suites_and_judged_once(run):
    done, calls = run("all", COVERAGE="1")

    assert done.returncode == 0
    assert calls.count("--cov-append") == 3
    assert "coverage report --fail-under=95" in calls


def test_coverage_of_a_part_alone_is_measured(run):
    done, calls = run("all", COVERAGE="backend")

    assert done.returncode == 0
    assert calls.count("--cov=backend --cov-append") == 3
    assert "coverage report --fail-under=95" in calls


def test_a_gap_in_the_core_is_a_failure(run):
    done, _ = run("all", COVERAGE="1", core=2)

    assert done.returncode == 1
    assert "Failed: coverage" in done.stderr
