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
    """A copy of the tree, and the commands that people run in one, with this interpreter and its packages or with its own."""

    def __init__(self, root: Path, python: Path | str = sys.executable) -> None:
        self.root = root
        self.python = str(python)

    def set_up(self) -> None:
        """What `make test` does first: an environment of its own."""
        self.shell("scripts/bootstrap.sh", "test")
        self.python = str(self.root / ".venv" / "bin" / "python")

    def shell(self, *words: str) -> str:
        """What `sh words...` says; fails with the end of it unless it exits with 0."""
        return self._run(["/bin/sh", *words], 0)

    def run(self, *words: str, expect: int = 0, **settings: str) -> str:
        """What `python words...` says under these settings; fails with the end of it unless it exits with `expect`."""
        return self._run([self.python, *words], expect, **settings)

    def _run(self, command: list[str], expect: int, **settings: str) -> str:
        environment = {name: value for name, value in os.environ.items() if name not in OURS and "PYTEST" not in name}
        done = subprocess.run(
            command,
            cwd=self.root,
            env=environment | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == expect, f"{' '.join(command)} exited with {done.returncode}:\n{done.stdout[-8000:]}"
        return done.stdout

    def flask(self, *words: str, expect: int = 0, **settings: str) -> str:
        return self.run("-m", "flask", *words, expect=expect, **settings)

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
        self.flask("migrations", "lint")
        self.flask("openapi", "check")

    def check_unit_suite(self) -> None:
        """Every unit test, and the generated ones."""
        said = self.run("-m", "pytest", "tests/unit", "tests/system/generated", "-n", PROCESSES, "-q", "-x")
        assert " passed" in said
        assert " failed" not in said


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """The files that git tracks, or would, as they are now."""
    return copied(tmp_path / "copy")


def copied(root: Path) -> Copy:
    """A copy in this folder, committed to a git of its own."""
    for path in tree.paths(ROOT):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, root / path)
    copy = Copy(root)
    copy.git("init", "-q")
    copy.commit()
    return copy
