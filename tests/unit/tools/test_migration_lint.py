"""`flask migrations lint`: each rule sees what it is about and lets what is safe pass; a reason accepts a finding."""

import json
from types import SimpleNamespace

import alembic.op
import pytest
import sqlalchemy as sa

from backend.core.db import db
from tests.framework.tables import table
from tools import migration_lint
from tools.migration_files import MigrationFiles
from tools.migration_lint import ADVICE, look
from tools.migration_rules import MYSQL, POSTGRESQL, RULES
from tools.project import Project

MODELS = sa.MetaData()
sa.Table("books", MODELS, sa.Column("id", sa.Integer()), sa.Column("name", sa.String(50)))

FIRST = """
op.create_table(
    "books",
    sa.Column("id", sa.Integer(), nullable=False),
    sa.Column("name", sa.String(50), nullable=True),
    sa.Column("old", sa.Integer(), nullable=True),
)
op.create_table("pens", sa.Column("id", sa.Integer()))
"""
NEW_TABLE = 'op.create_table("inks", sa.Column("id", sa.Integer(), nullable=False)); '
UNSAFE = {
    "drop-in-use": ['op.drop_column("books", "name")', 'op.drop_table("books")'],
    "not-null": [
        'op.add_column("books", sa.Column("n", sa.Integer(), nullable=False))',
        'op.alter_column("books", "name", nullable=False)',
        'with op.batch_alter_table("books") as b: b.alter_column("name", nullable=False)',
    ],
    "rename": ['op.rename_table("pens", "pencils")', 'op.alter_column("books", "old", new_column_name="new")'],
    "type-change": [
        'op.alter_column("books", "id", type_=sa.BigInteger())',
        'op.alter_column("books", "name", type_=sa.String(40))',
        'op.alter_column("books", "name", type_=sa.String(64))',
        'op.alter_column("books", "name", type_=sa.String(50, collation="utf8mb4_bin"))',
        'op.alter_column("books", "name", type_=sa.Text())',
    ],
    "unique": [
        'op.create_unique_constraint("uq", "books", ["name"])',
        'op.create_index("uq", "books", ["name"], unique=True)',
    ],
    "foreign-key": ['op.create_foreign_key("fk", "books", "pens", ["old"], ["id"])'],
    "blocking-index": ['op.create_index("ix", "books", ["name"])'],
    "mixed": [
        'op.add_column("books", sa.Column("n", sa.Integer())); op.execute("UPDATE books SET n = 1")',
        'op.drop_table("pens"); op.get_bind().execute(sa.text("DELETE FROM books"))',
        NEW_TABLE + 'op.bulk_insert(sa.table("inks", sa.column("id")), [{"id": 1}])',
    ],
    "sql-for-tables": ['op.execute("ALTER TABLE books ADD COLUMN x INT")', 'op.execute(sa.text(" drop table pens"))'],
    "unreadable": ['len(op.get_bind().info["x"])'],
}
SAFE = {
    "drop-in-use": ['op.drop_column("books", "old")', 'op.drop_table("pens")'],
    "not-null": [
        'op.add_column("books", sa.Column("n", sa.Integer(), nullable=False, server_default="1"))',
        'op.add_column("books", sa.Column("n", sa.Integer()))',
        NEW_TABLE + 'op.add_column("inks", sa.Column("n", sa.Integer(), nullable=False))',
        'op.alter_column("books", "id", nullable=False)',
    ],
    "rename": [
        'op.add_column("books", sa.Column("n", sa.Integer())); op.alter_column("books", "n", new_column_name="m")'
    ],
    "type-change": [
        'op.alter_column("books", "name", type_=sa.String(60))',
        'op.alter_column("books", "name", server_default="x")',
    ],
    "unique": [
        'op.add_column("books", sa.Column("n", sa.Integer())); op.create_index("uq", "books", ["name", "n"], unique=True)',
        NEW_TABLE + 'op.create_unique_constraint("uq", "inks", ["id"])',
    ],
    "foreign-key": [
        'op.add_column("books", sa.Column("n", sa.Integer())); op.create_foreign_key("fk", "books", "pens", ["n"], ["id"])'
    ],
    "blocking-index": [
        'with op.get_context().autocommit_block(): op.create_index("ix", "books", ["name"], postgresql_concurrently=True)',
        NEW_TABLE + 'op.create_index("ix", "inks", ["id"])',
    ],
    "mixed": ['op.execute("UPDATE books SET name = 1")', 'op.add_column("books", sa.Column("n", sa.Integer()))'],
    "sql-for-tables": ["op.execute(\"UPDATE books SET name = 'drop'\")"],
    "unreadable": ['op.get_bind().execute(sa.text("SELECT 1")).scalar()'],
}


def script(text, accepted=None):
    """A migration with this body."""
    body = "".join(f"    {line}\n" for line in text.strip().splitlines())
    names = {"op": alembic.op, "sa": sa} | ({} if accepted is None else {"accepted": accepted})
    exec(f"def upgrade():\n{body}", names)
    module = SimpleNamespace(**names)
    module.upgrade = lambda: names["upgrade"]() if names.update(op=module.op) is None else None
    return SimpleNamespace(path="versions/0002_x.py", module=module)


def found(text, accepted=None, databases=(MYSQL, POSTGRESQL)):
    return [*look([script(FIRST), script(text, accepted)], MODELS, databases)]


@table("rule, text", [(rule, text) for rule, texts in UNSAFE.items() for text in texts])
def test_what_is_unsafe_is_found_with_what_to_do(rule, text):
    hits = [finding for finding in found(text) if finding.rule == rule]

    assert [(hit.file, hit.advice) for hit in hits] == [("0002_x.py", ADVICE[rule])]


@table("rule, text", [(rule, text) for rule, texts in SAFE.items() for text in texts])
def test_what_is_safe_passes(rule, text):
    assert [finding for finding in found(text) if finding.rule == rule] == []


@table("rule", [*UNSAFE])
def test_reason_accepts_the_rule_and_no_other(rule):
    text = UNSAFE[rule][0]
    others = {finding.rule for finding in found(text)} - {rule}

    assert {finding.rule for finding in found(text, {rule: "looked at every row"})} == others


@table(
    "accepted, what",
    {
        "no rule": ({"drop": "looked at every row"}, "a rule that is not there"),
        "no reason": ({"rename": " "}, "without a reason"),
        "short reason": ({"rename": "it is ok"}, "without a reason"),
        "nothing to accept": ({"unique": "looked at every row"}, "what is not there"),
        "no mapping": ("rename", "without a reason"),
    },
)
def test_acceptance_that_means_nothing_is_found(accepted, what):
    assert what in [*found('op.rename_table("pens", "pencils")', accepted)][-1].what


def test_every_rule_is_tried_both_ways():
    assert set(UNSAFE) == set(SAFE) == set(ADVICE) == {*RULES, "unreadable"}


def test_rule_of_another_database_is_left_out_and_may_be_accepted():
    text = UNSAFE["blocking-index"][0]

    assert found(text, databases=[MYSQL]) == []
    assert found(text, {"blocking-index": "the table is small"}, databases=[MYSQL]) == []


def test_table_that_is_dropped_and_made_again_is_in_use():
    again = 'op.create_table("books", sa.Column("id", sa.Integer()), sa.Column("name", sa.String(50)))'
    scripts = [script(FIRST), script('op.drop_table("books")'), script(again)]

    assert [*look(scripts, MODELS, [MYSQL])] == []


@pytest.fixture
def run(app, monkeypatch, project):
    """The command, on a project with this migration."""
    monkeypatch.setattr(Project, "here", lambda: project)

    def invoke(text, *words):
        monkeypatch.setattr(MigrationFiles, "in_order", lambda _: [script(FIRST), script(text)])
        return app.test_cli_runner().invoke(migration_lint.migrations, ["lint", *words])

    return invoke


class TestCommand:
    def test_nothing_unsafe(self, run):
        result = run("pass")

        assert (result.exit_code, result.output) == (0, "2 migrations, nothing unsafe\n")

    def test_finding_says_where_what_and_how_to_accept(self, run):
        result = run('op.rename_table("pens", "pencils")')

        assert result.exit_code == 1
        assert "0002_x.py: renames pens [rename]" in result.output
        assert 'accepted = {"rename": "<reason>"}' in result.output

    def test_json(self, run):
        result = run('op.rename_table("pens", "pencils")', "--json")

        assert json.loads(result.output.splitlines()[0])["rule"] == "rename"
        assert run("pass", "--json").output == ""

    def test_databases_are_the_projects_or_those_that_are_named(self, run, monkeypatch):
        text = UNSAFE["blocking-index"][0]

        assert run(text).exit_code == 0
        assert run(text, "--database", "postgresql").exit_code == 1


@pytest.mark.usefixtures("app")
def test_migrations_here_are_safe_on_the_databases_of_this_project():
    here = Project.here()

    assert [*look(MigrationFiles(here.root).in_order(), db.metadata, here.databases)] == []
