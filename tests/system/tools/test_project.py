"""The project as the tools see it."""

import shutil

import click
import pytest

from backend import create_app
from tools.project import Project


def test_this_tree_is_a_project():
    here = Project.here()

    assert here.package == create_app.__module__
    assert "users" in here.module_names()


def test_tree_without_its_record_is_none(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\n")

    with pytest.raises(click.ClickException, match="pyproject"):
        Project.at(tmp_path)


@pytest.mark.parametrize(("name", "place"), [("accounts", 0), ("products", 1), ("zebras", 2)])
def test_module_comes_into_the_list_by_its_name_and_goes_without_a_trace(project, name, place):
    before = (project.root / project.registry).read_text()

    (project.root / project.registry).write_text(project.with_module(name))

    assert project.module_names().index(name) == place
    assert project.without_module(name) == before
    assert '"people",  # first' in project.with_module("zebras")


def test_registry_without_a_list_is_refused(project):
    (project.root / project.registry).write_text("MODULES = []\n")

    with pytest.raises(click.ClickException, match="MODULES"):
        project.module_names()


def test_failing_command_is_told_with_its_last_words(project):
    shutil.rmtree(project.root / "alfa" / "core")

    with pytest.raises(click.ClickException, match=r"alfa\.core"):
        project.flask("openapi", "write")


def test_tidy_formats_python_alone(project):
    path = project.root / "alfa/core/db.py"
    path.write_text("import os\nimport ast\nx = ( 1 )\n")

    project.tidy(["alfa/core/db.py", "README.md"])

    assert path.read_text() == "import ast\nimport os\n\nx = 1\n"


def test_tidy_of_broken_code_is_told(project):
    (project.root / "alfa/core/db.py").write_text("x = (\n")

    with pytest.raises(click.ClickException, match="ruff"):
        project.tidy(["alfa/core/db.py"])


def test_tidy_without_ruff_says_so(project, monkeypatch):
    monkeypatch.setattr("sys.executable", shutil.which("false") or "")
    monkeypatch.setattr(
        Project, "_run", lambda self, command: (_ for _ in ()).throw(click.ClickException("No module named ruff"))
    )

    assert not project.tidy(["alfa/core/db.py"])
