"""`flask module remove` and migrations: they go where nobody needs them; else they stay, and one more drops the tables."""

import re

import click
import pytest

from tests.framework.tables import table
from tests.unit.tools.conftest import MIGRATION, contents
from tools import applied_migrations, module_new, module_remove

VERSIONS = "migrations/versions"
MODEL = 'class Person(Base):\n    __tablename__ = "people"\n'


@pytest.fixture
def heads(monkeypatch):
    """What the database says it has; a test changes it."""
    said = [()]
    monkeypatch.setattr(applied_migrations, "current_heads", lambda: said[0])
    return said


@pytest.fixture
def remove(project, commands, heads):
    write(project, "alfa/modules/people/model.py", MODEL)
    return lambda module="people", **options: module_remove.remove(
        project, module, **{"keep_migrations": False, "dry_run": False} | options
    )


def write(project, path, text):
    (project.root / path).parent.mkdir(parents=True, exist_ok=True)
    (project.root / path).write_text(text)


def migrate(project, revision, after, *lines):
    """A migration with these lines in its `upgrade`."""
    text = MIGRATION.format(words="more", revision=revision, after=after, down=f'"{after}"')
    body = "".join(f"    {line}\n" for line in lines)
    write(project, f"{VERSIONS}/20260103_{revision}_more.py", text.partition("    op.create")[0] + body)


def migrations(project):
    return [path.removeprefix(f"{VERSIONS}/") for path in contents(project.root) if path.startswith(VERSIONS)]


def drop(project):
    """The text of the migration that drops the tables, if there is one."""
    found = [*(project.root / VERSIONS).glob("*_drop_people.py")]
    return found[0].read_text() if found else None


COLUMN = 'op.add_column("people", sa.Column("age", sa.Integer(), nullable=True))'
OTHER = 'op.add_column("users", sa.Column("age", sa.Integer(), nullable=True))'
NOTHING_APPLIED, APPLIED, NOT_ASKED, UNKNOWN = (), ("0003",), None, ("abcd",)


class TestMigrationsThatGo:
    def test_follow_ups_on_its_tables_alone_go_with_it(self, project, remove):
        migrate(project, "0003", "0002", COLUMN)
        migrate(project, "0004", "0003", OTHER)

        assert remove()[-1].startswith("change")

        assert sorted(migrations(project)) == ["20260101_0001_users.py", "20260103_0004_more.py"]
        assert 'down_revision = "0001"' in (project.root / VERSIONS / "20260103_0004_more.py").read_text()

    def test_rows_that_it_changes_in_its_tables_go_with_it(self, project, remove):
        migrate(project, "0003", "0002", COLUMN, 'op.execute("UPDATE people SET age = 1")')

        remove()

        assert migrations(project) == ["20260101_0001_users.py"]

    def test_none_are_looked_for_where_there_are_no_tables(self, project, remove):
        write(project, "alfa/modules/people/model.py", "")
        write(project, "alfa/modules/people/module.toml", "optional = true\n")

        remove()

        assert len(migrations(project)) == 2


class TestMigrationsThatStay:
    @table(
        "said, reason",
        {
            "applied": (APPLIED, "has 0002, 0003"),
            "not asked": (NOT_ASKED, "could not be asked"),
            "a revision that is not here": (UNKNOWN, "could not be asked"),
        },
    )
    def test_where_a_database_may_have_them(self, project, remove, heads, said, reason):
        migrate(project, "0003", "0002", COLUMN)
        heads[0] = said

        assert reason in remove(dry_run=True)[-1]

    @table(
        "line",
        {
            "two tables": f"{COLUMN}; {OTHER}",
            "SQL": 'op.execute("UPDATE users SET age = (SELECT max(age) FROM people)")',
            "rows that it reads": 'op.get_bind().execute(sa.text("SELECT age FROM people")).scalar(); ' + OTHER,
        },
    )
    def test_where_another_migration_needs_them(self, project, remove, line):
        migrate(project, "0003", "0002", line)

        assert "20260103_0003_more.py is about other tables as well" in remove(dry_run=True)[-1]

    def test_all_of_them_and_one_more_drops_the_table_as_it_is_by_now(self, project, remove, heads):
        migrate(project, "0003", "0002", COLUMN)
        heads[0] = APPLIED

        lines = remove()

        assert len(migrations(project)) == 4
        assert "drops people with all rows" in lines[-1]
        up, down = drop(project).split("def downgrade")
        assert 'down_revision = "0003"' in up
        assert 'op.drop_table("people")' in up
        assert re.search(r"create_table\(.people.*'age'", down, re.DOTALL)
        assert project.module_names() == ["users"]

    def test_that_is_asked_for(self, project, remove):
        remove(keep_migrations=True)

        assert drop(project)

    def test_name_that_is_taken_again_has_a_history_of_its_own(self, project, remove, heads, monkeypatch):
        monkeypatch.setattr(module_new, "tables_in_use", set)
        monkeypatch.setattr(module_new, "classes_in_use", set)
        heads[0] = ("0002",)
        remove()
        module_new.create(project, "people", None, "title:str")
        heads[0] = ("0004",)

        remove()

        assert sorted(path[9:] for path in migrations(project)) == [
            *("0001_users.py", "0002_people.py", "0003_drop_people.py", "0004_people.py", "0005_drop_people.py")
        ]
        assert "title" in next((project.root / VERSIONS).glob("*0005*")).read_text()

    def test_table_that_is_gone_already_is_not_dropped_again(self, project, remove, heads):
        migrate(project, "0003", "0002", 'op.drop_table("people")')
        heads[0] = APPLIED

        assert "leave no table" in remove()[-1]

        assert drop(project) is None


class TestRefusals:
    @pytest.fixture(autouse=True)
    def _unchanged(self, project, remove):
        self.remove = remove
        yield
        assert project.module_names() == ["people", "users"]
        assert drop(project) is None

    def refused(self, project, match, **options):
        before = contents(project.root)
        with pytest.raises(click.ClickException, match=match):
            self.remove(**options)
        assert contents(project.root) == before

    @table("key", ['ForeignKey("people.id")', 'ForeignKeyConstraint(["person_id"], ["people.id"])'])
    def test_model_that_refers_to_it(self, project, key):
        write(project, "alfa/modules/users/model.py", f"person_id = mapped_column({key})\n")

        self.refused(project, "users has a foreign key to people.*flask db migrate")

    def test_table_that_refers_to_it_after_all_migrations(self, project):
        column = 'sa.Column("person_id", sa.Integer(), sa.ForeignKey("people.id"))'
        migrate(project, "0003", "0002", f'op.create_table("pets", {column})')

        self.refused(project, "pets has a foreign key to people")

    def test_migration_that_nobody_can_read(self, project):
        migrate(project, "0003", "0002", 'op.get_bind().info["people"]')

        self.refused(project, "20260103_0003_more.py cannot be read without a database.*by hand")

    def test_several_heads(self, project):
        migrate(project, "0003", "0001", OTHER)

        self.refused(project, "flask db merge", keep_migrations=True)

    def test_second_time(self, project):
        with pytest.raises(click.ClickException, match="no module 'pets'"):
            self.remove("pets")
