"""A small project to work on: a package `alfa` of the project `alpha`, two modules, two migrations, its own git."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.project import Project

MIGRATION = '''"""{words}.

Revision: {revision}, after {after}.
"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down}


def upgrade() -> None:
    op.create_table("{words}", sa.Column("id", sa.Integer(), primary_key=True))
'''
FILES = {
    "pyproject.toml": (
        '[project]\nname = "alpha"\nversion = "1"\nrequires-python = ">=3.12"\n\n'
        '[tool.touchstone]\npackage = "alfa"\n\n[tool.x]\nsource = ["alfa"]\n'  # upstream's name
    ),
    ".gitignore": "__pycache__/\n",
    "README.md": "# Alpha\n`alfa/core/db.py` is alpha's.\n",
    "alfa/__init__.py": "from alfa.core import db\n",
    "alfa/core/db.py": 'NAME = "alpha"\n',
    "alfa/modules/__init__.py": 'MODULES = [\n    "people",  # first\n    "users",\n]\n',
    "alfa/modules/people/module.toml": 'optional = true\nrequires = ["users"]\nmigrations = ["0002"]\npaths = ["docs/people"]\n',
    "alfa/modules/people/service.py": "from alfa.modules.users import service\n",
    "alfa/modules/users/module.toml": 'optional = false\nreason = "everybody is one"\nmigrations = ["0001"]\n',
    "alfa/modules/users/service.py": "",
    "docs/people/page.md": "",
    "tools/cli_app.py": "from alfa.core import db\n",
    "docs/openapi.json": "{}\n",
    ".env.example": "",
    "tests/unit/people/test_people.py": "from alfa.modules.people import service\n",
    "migrations/versions/20260101_0001_users.py": MIGRATION.format(
        words="users", revision="0001", after="nothing", down="None"
    ),
    "migrations/versions/20260102_0002_people.py": MIGRATION.format(
        words="people", revision="0002", after="0001", down='"0001"'
    ),
}


def contents(root: Path) -> dict[str, bytes]:
    """Every file but git's own and bytecode, with what is in it."""
    found = [path for path in root.rglob("*") if path.is_file() and not {".git", "__pycache__"} & set(path.parts)]
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


def run_git(root: Path, *words: str) -> str:
    """What a git command prints."""
    identity = ["-c", "user.name=tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *identity, *words], cwd=root, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def git() -> Callable[..., str]:
    """`git(folder, "add", ".")`"""
    return run_git


@pytest.fixture(scope="session")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project as it is committed; tests get copies."""
    root = tmp_path_factory.mktemp("committed")
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    run_git(root, "init", "-q")
    run_git(root, "add", ".")
    run_git(root, "commit", "-qm", "start")
    return root


@pytest.fixture
def project(tmp_path: Path, committed: Path) -> Project:
    """A small project of the test's own."""
    return Project.at(shutil.copytree(committed, tmp_path / "small"))


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The commands of its own that a tool would run; none is run, and there is no ruff."""
    ran: list[tuple[str, ...]] = []
    monkeypatch.setattr(Project, "flask", lambda self, *words: ran.append(words))
    monkeypatch.setattr(Project, "tidy", lambda self, paths: False)
    return ran
