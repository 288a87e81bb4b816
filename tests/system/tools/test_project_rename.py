"""`flask project rename`: every file at once, or none and one message."""

import click
import pytest

from tests.unit.tools.conftest import contents
from tools import names, project_rename, tree
from tools.project import Project


@pytest.fixture
def rename(project, commands):
    def run(name, *, force=False):
        return project_rename.rename(Project.at(project.root), name, force=force)

    return run


def test_package_and_project_have_the_name(rename, project, commands):
    (project.root / "alfa/__pycache__").mkdir()
    (project.root / "alfa/__pycache__/x.pyc").touch()

    left = rename("store")

    renamed = Project.at(project.root)
    assert (renamed.name, renamed.package) == ("store", "store")
    assert renamed.module_names() == ["people", "users"]
    assert (project.root / "store/__init__.py").read_text() == "from store.core import db\n"
    assert (project.root / "README.md").read_text() == "# Store\n`store/core/db.py` is store's.\n"
    assert not (project.root / "alfa").exists()
    assert commands == [("openapi", "write"), ("settings", "write")]
    assert left == []


def test_twice_works(rename, project, git):
    rename("store")
    git(project.root, "add", ".")
    git(project.root, "commit", "-qm", "renamed")

    rename("my_shop")

    assert Project.at(project.root).package == "my_shop"
    assert (project.root / "my_shop/core/db.py").read_text() == 'NAME = "my_shop"\n'
    assert not (project.root / "store").exists()


def test_there_and_back_is_nothing_but_one_name_for_two(rename, project, git):
    rename("store")

    rename("alfa", force=True)

    changed = [
        line for line in git(project.root, "diff", "-U0").splitlines() if line[0] in "+-" and line[1] not in "+-"
    ]
    assert all("alpha" in line.lower() for line in changed if line[0] == "-")


def test_modes_stay(rename, project):
    (project.root / "alfa/run.sh").write_text("alpha\n")
    (project.root / "alfa/run.sh").chmod(0o755)

    rename("store", force=True)

    assert (project.root / "store/run.sh").stat().st_mode & 0o777 == 0o755


def test_files_that_git_ignores_are_not_touched(rename, project, git):
    (project.root / ".gitignore").write_text(".env\n")
    (project.root / ".env").write_text("NAME=alpha\n")
    git(project.root, "add", ".gitignore")
    git(project.root, "commit", "-qm", "ignore")

    rename("store")

    assert (project.root / ".env").read_text() == "NAME=alpha\n"


class TestRefusals:
    @pytest.fixture(autouse=True)
    def unchanged(self, project):
        before = contents(project.root)
        yield
        assert contents(project.root) == before

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("Store", "cannot be the name"),
            ("my-store", "cannot be the name"),
            ("class", "word of Python"),
            ("tests", "exists already"),
            ("alfa", "exists already"),
            ("json", "Python's own library"),
            ("flask", "installed package"),
            ("people", "There is a module"),
            ("source", "'source' is used already"),
        ],
    )
    def test_bad_names(self, rename, name, reason):
        with pytest.raises(click.ClickException, match=reason):
            rename(name)

    def test_rename_that_breaks_the_application(self, rename, project, monkeypatch):
        def fail(_, *words):
            raise click.ClickException("it does not start")

        monkeypatch.setattr(Project, "flask", fail)
        with pytest.raises(click.ClickException, match="does not start"):
            rename("store")

        assert not (project.root / "store").exists()


def test_uncommitted_changes_are_refused_unless_forced(rename, project):
    (project.root / "README.md").write_text("changed\n")

    with pytest.raises(click.ClickException, match=r"1 files .* README\.md"):
        rename("store")
    rename("store", force=True)

    assert Project.at(project.root).package == "store"


def test_tree_without_git_is_refused_unless_forced(rename, project, monkeypatch):
    monkeypatch.setattr(tree, "is_repository", lambda root: False)

    with pytest.raises(click.ClickException, match="no git repository"):
        rename("store")
    rename("store", force=True)

    assert Project.at(project.root).package == "store"


def test_by_products_do_not_count_without_git(tmp_path):
    for path in (
        ".venv/x.py",
        "var/x",
        "a/__pycache__/x.pyc",
        ".env",
        ".ci/run",
        ".env.example",
        "a/b.py",
        ".git/config",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()

    assert tree.paths(tmp_path) == [".ci/run", ".env.example", "a/b.py"]


def test_machine_without_git_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(click.ClickException, match="not installed"):
        tree.git(tmp_path, "status")
    assert not tree.is_repository(tmp_path)


def test_name_of_the_package_here_is_taken():
    here = Project.here()

    with pytest.raises(click.ClickException, match="exists already"):
        names.check_top_level(here.package, here.root)
