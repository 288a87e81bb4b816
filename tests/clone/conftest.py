"""Slow tests: a tool changes a copy of this whole tree, and then everything that holds here must hold there.

    pytest tests/clone

Every test has a copy of its own with its own git, so that what a tool leaves behind is seen. Tests beside each other
share the processors: then each runs its suite in one process, which takes a fifth less of their time than two.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.core.settings import ROOT
from backend.settings import Settings
from tools import tree

LAYERS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
PATIENCE = 900  # seconds after which a command hangs
PROCESSES = "0" if "PYTEST_XDIST_WORKER" in os.environ else "2"
OURS = {name.upper() for name in Settings.model_fields} | {
    "FLASK_APP",
    "COVERAGE_PROCESS_START",
    "COVERAGE_PROCESS_CONFIG",
}


class Copy:
    """A copy of the tree, and the commands that people run in one, with this interpreter and its packages."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *words: str, expect: int = 0) -> str:
        """What `python words...` says; fails with the end of it unless it exits with `expect`."""
        environment = {name: value for name, value in os.environ.items() if name not in OURS and "PYTEST" not in name}
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.root,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == expect, f"{' '.join(words)} exited with {done.returncode}:\n{done.stdout[-8000:]}"
        return done.stdout

    def flask(self, *words: str, expect: int = 0) -> str:
        return self.run("-m", "flask", *words, expect=expect)

    def git(self, *words: str) -> str:
        identity = ("-c", "user.name=tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false")
        return subprocess.run(
            ["git", *identity, *words], cwd=self.root, check=True, capture_output=True, text=True, timeout=PATIENCE
        ).stdout

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "-qm", "as it is")

    def check_style(self) -> None:
        """What `make lint` asks for."""
        self.run("-m", "ruff", "format", "--check", ".")
        self.run("-m", "ruff", "check", ".")
        self.run("-m", "mypy")
        self.run("-c", LAYERS)

    def check_unit_suite(self) -> None:
        """Every unit test, the generated ones included."""
        said = self.run("-m", "pytest", "tests/unit", "-n", PROCESSES, "-q", "-x")
        assert " passed" in said
        assert " failed" not in said


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """The files that git tracks, or would, as they are now."""
    root = tmp_path / "copy"
    for path in tree.paths(ROOT):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, root / path)
    copy = Copy(root)
    copy.git("init", "-q")
    copy.commit()
    return copy
