"""`flask module remove`: the tree as it was, or one message that says what is in the way."""

import click
import pytest

from tests.unit.tools.conftest import MIGRATION, contents
from tools import applied_migrations, module_new, module_remove


@pytest.fixture(autouse=True)
def applied(monkeypatch):
    """What the database says it has; a test changes it."""
    said = {"heads": ()}
    monkeypatch.setattr(applied_migrations, "current_heads", lambda: said["heads"])
    return said


@pytest.fixture
def remove(project, commands):
    def run(module, *, keep_migrations=False, dry_run=False):
        return module_remove.remove(project, module, keep_migrations=keep_migrations, dry_run=dry_run)

    return run


def write(project, path, text):
    (project.root / path).parent.mkdir(parents=True, exist_ok=True)
    (project.root / path).write_text(text)


def test_takes_out_its_folders_tests_migrations_documents_and_line(remove, project, commands):
    remove("people")

    assert not [path for path in contents(project.root) if "people" in path]
    assert project.module_names() == ["users"]
    assert commands == [("openapi", "write"), ("settings", "write")]


def test_links_to_its_pages_and_folders_become_text(remove, project):
    write(project, "README.md", "People ([how](docs/people/page.md)), see [all](docs/all.md).\n")
    write(project, "docs/all.md", "[people](people/page.md#who), [tests](../tests/unit/people), [top](../README.md)\n")
    write(project, "docs/other.md", "[top](../README.md), [somewhere](people.md)\n")

    lines = remove("people")

    assert (project.root / "README.md").read_text() == "People, see [all](docs/all.md).\n"
    assert (project.root / "docs/all.md").read_text() == "people, tests, [top](../README.md)\n"
    assert [line for line in lines if line.endswith(".md")] == [
        "change  README.md",
        "change  docs/all.md",
        "delete  docs/people/page.md",
    ]


SETTINGS = """from alfa.core import Settings


class PeopleSettings(Settings):
    people_url: str = ""
    people_days: int = Field(3)
"""


class TestSettings:
    @pytest.fixture
    def with_settings(self, project):
        write(project, "alfa/modules/people/settings.py", SETTINGS)
        write(project, ".env.unit", "# why\nAPP_ENV=unit\nPEOPLE_URL=http://a\npeople_days = 4\nPEOPLE_URLS=1\n")

    def test_go_from_the_env_files_of_the_tests(self, with_settings, remove, project):
        lines = remove("people")

        assert (project.root / ".env.unit").read_text() == "# why\nAPP_ENV=unit\nPEOPLE_URLS=1\n"
        assert "change  .env.unit" in lines
        assert "change  .env.example" in lines

    def test_of_the_users_own_env_are_named_and_left(self, with_settings, remove, project):
        write(project, ".env", "PORT=1\nPEOPLE_DAYS=2\n")

        lines = remove("people")

        assert lines[-1] == "\nTake out of .env: PEOPLE_DAYS"
        assert (project.root / ".env").read_text() == "PORT=1\nPEOPLE_DAYS=2\n"

    def test_env_files_of_a_module_without_settings_stay(self, remove, project):
        write(project, ".env.unit", "APP_ENV=unit\n")

        assert "change  .env.unit" not in remove("people")


def test_translations_of_its_texts_go_and_shared_ones_stay(remove, project):
    entry = '#: {place}\nmsgid "{text}"\nmsgstr "x"\n'
    ours, theirs, gone = (
        "alfa/modules/people/service.py:3",
        "alfa/modules/users/service.py",
        "alfa/modules/pets/errors.py",
    )
    kept = [entry.format(place=theirs, text="b"), entry.format(place=f"{ours} {theirs}", text="c"), '"Language: zh"\n']
    path = "alfa/locale/zh/LC_MESSAGES/messages.po"
    leaving = [entry.format(place=ours, text="a"), entry.format(place=f"{gone} {ours}", text="d")]
    write(project, path, "\n".join([kept[2], *leaving, *kept[:2]]))

    lines = remove("people")

    assert f"change  {path}" in lines
    assert (project.root / path).read_text() == "\n".join([kept[2], *kept[:2]])


@pytest.mark.parametrize("module", ["invoices", "accounts", "zebras"])
def test_new_then_remove_is_nothing(remove, project, module, monkeypatch):
    monkeypatch.setattr(module_new, "tables_in_use", set)
    monkeypatch.setattr(module_new, "classes_in_use", set)
    before = contents(project.root)

    module_new.create(project, module, None, "title:str")
    assert contents(project.root) != before
    remove(module)

    assert contents(project.root) == before


def test_dry_run_lists_and_changes_nothing(remove, project, commands):
    before = contents(project.root)

    lines = remove("people", dry_run=True)

    assert "delete  docs/people/page.md" in lines
    assert "delete  migrations/versions/20260102_0002_people.py" in lines
    assert "change  alfa/modules/__init__.py" in lines
    assert contents(project.root) == before
    assert commands == []


def test_later_migration_is_linked_anew(remove, project):
    text = MIGRATION.format(words="more", revision="0003", after="0002", down='"0002"')
    write(project, "migrations/versions/20260103_0003_more.py", text)

    remove("people")

    assert 'down_revision = "0001"' in (project.root / "migrations/versions/20260103_0003_more.py").read_text()


class TestRefusals:
    @pytest.fixture(autouse=True)
    def unchanged(self, project):
        self.prepared = None
        yield
        assert contents(project.root) == self.prepared

    def refused(self, project, remove, module, reason):
        self.prepared = contents(project.root)
        with pytest.raises(click.ClickException, match=reason):
            remove(module)

    def test_unknown_module(self, project, remove):
        self.refused(project, remove, "nothing", "there are people, users")

    def test_module_that_is_not_optional(self, project, remove):
        self.refused(project, remove, "users", "not optional: everybody is one")

    def test_module_that_another_requires(self, project, remove):
        write(project, "alfa/modules/users/module.toml", "optional = true\n")

        self.refused(project, remove, "users", "people needs users")

    @pytest.mark.parametrize(
        "line",
        [
            "from alfa.modules.people import service",
            "from alfa.modules import people",
            "import alfa.modules.people.service",
            "def late():\n    from alfa.modules.people.service import find",
        ],
    )
    def test_module_that_somebody_imports(self, project, remove, line):
        write(project, "scripts/report.py", f"{line}\n")

        self.refused(project, remove, "people", "scripts/report.py:[12]")


@pytest.mark.parametrize("line", ["from alfa.modules.people_of_old import x", "from . import people", "import people"])
def test_other_names_are_no_import_of_it(remove, project, line):
    write(project, "scripts/report.py", f"{line}\n")

    remove("people")

    assert project.module_names() == ["users"]
