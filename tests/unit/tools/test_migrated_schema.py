"""The tables that migrations make, read without a database."""

import pytest
import sqlalchemy as sa
from alembic.operations import ops
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateIndex, CreateTable

from backend.core.db import db
from tests.framework.tables import table
from tools import dropping_tables, migrated_schema
from tools.migrated_schema import UnknownOperationError
from tools.migration_files import MigrationFiles
from tools.project import Project


def described(metadata):
    """Every table and index in the SQL of MySQL, a line a part, in alphabetical order."""
    parts = [part for made in metadata.sorted_tables for part in (CreateTable(made), *map(CreateIndex, made.indexes))]
    return sorted(
        line.strip(" ,") for part in parts for line in str(part.compile(dialect=mysql.dialect())).splitlines()
    )


@pytest.mark.usefixtures("app")
def test_migrations_here_make_what_the_models_here_say():
    schema = dropping_tables.schema(MigrationFiles(Project.here().root).in_order())

    assert described(schema) == described(db.metadata)


def made(*steps):
    """The table `books` after these operations."""
    number, name = sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.String(8), nullable=True)
    drafts = {}
    for step in (ops.CreateTableOp("books", [number, name]), *steps):
        migrated_schema.apply(step, drafts)
    return migrated_schema.tables(drafts).tables.get("books")


def constraints(kind, found):
    return [sorted(c.columns.keys()) for c in found.constraints if isinstance(c, kind)]


UNIQUE = ops.CreateUniqueConstraintOp("uq", "books", ["name"])
INDEX = ops.CreateIndexOp("ix", "books", ["name"], unique=True)
AUTHOR = ops.AddColumnOp("books", sa.Column("author_id", sa.Integer(), sa.ForeignKey("books.id"), index=True))


class TestOperations:
    def test_columns_come_go_and_change(self):
        found = made(
            AUTHOR,
            ops.AlterColumnOp("books", "name", modify_type=sa.Text(), modify_nullable=False, modify_server_default="x"),
            ops.AddColumnOp("books", sa.Column("other", sa.Integer())),
            ops.DropColumnOp("books", "other"),
            ops.AlterColumnOp("books", "name", modify_name="title"),
        )

        assert set(found.c.keys()) == {"id", "author_id", "title"}
        assert isinstance(found.c.title.type, sa.Text)
        assert (found.c.title.nullable, found.c.title.server_default.arg) == (False, "x")
        assert [key.column for key in found.c.author_id.foreign_keys] == [found.c.id]
        assert [index.name for index in found.indexes] == ["ix_books_author_id"]

    def test_constraints_and_indexes_come_and_go(self):
        found = made(UNIQUE, INDEX, ops.CreateCheckConstraintOp("ck", "books", "id > 0"))
        assert constraints(sa.UniqueConstraint, found) == [["name"]]
        assert [(index.name, index.unique) for index in found.indexes] == [("ix", True)]
        assert len([c for c in found.constraints if isinstance(c, sa.CheckConstraint)]) == 1

        gone = [ops.DropConstraintOp("uq", "books"), ops.DropIndexOp("ix", "books")]
        assert constraints(sa.UniqueConstraint, made(UNIQUE, INDEX, *gone)) == []
        assert not made(UNIQUE, INDEX, *gone).indexes

    def test_what_a_column_is_part_of_goes_with_it(self):
        found = made(UNIQUE, INDEX, ops.DropColumnOp("books", "name"))

        assert constraints(sa.UniqueConstraint, found) == []
        assert not found.indexes

    def test_index_follows_a_renamed_column(self):
        found = made(INDEX, ops.AlterColumnOp("books", "name", modify_name="title"))

        assert [[*index.columns.keys()] for index in found.indexes] == [["title"]]

    def test_tables_go_and_are_renamed(self):
        assert made(ops.DropTableOp("books")) is None
        assert made(ops.RenameTableOp("books", "works")) is None

    @table(
        "steps",
        {
            "another table": [ops.DropColumnOp("pens", "name")],
            "a constraint that is not there": [ops.DropConstraintOp("uq", "books")],
            "a renamed column of a constraint": [UNIQUE, ops.AlterColumnOp("books", "name", modify_name="title")],
            "an operation of somebody's own": [type("MyOp", (ops.AlterTableOp,), {})("books")],
        },
    )
    def test_what_cannot_be_followed_is_told(self, steps):
        with pytest.raises(UnknownOperationError):
            made(*steps)
