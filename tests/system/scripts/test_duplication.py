"""The search for lines that stand in two places."""

import subprocess
import sys

import pytest

from tools.project import ROOT

LINES = [f"    step_{number} = step_{number - 1} * {number}" for number in range(1, 10)]


@pytest.fixture
def look(tmp_path):
    def run(first: list[str], second: list[str]) -> subprocess.CompletedProcess[str]:
        for name, lines in (("one", first), ("other", second)):
            (tmp_path / f"{name}.py").write_text(
                "\n".join([f"def {name}(step_0):", *lines, f"    return '{name}'", ""])
            )
        command = ["sh", "scripts/duplication.sh", str(tmp_path / "one.py"), str(tmp_path / "other.py")]
        environment = {"PYTHON": sys.executable, "PATH": "/usr/bin:/bin"}
        return subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)

    return run


def test_the_same_nine_lines_in_two_files_are_found(look):
    done = look(LINES, LINES)

    assert done.returncode == 1
    assert "one.py" in done.stderr
    assert "Write it once" in done.stderr


def test_eight_are_left_alone(look):
    done = look(LINES, LINES[1:])

    assert (done.returncode, done.stderr) == (0, "")
    assert "duplicates=0" in done.stdout
