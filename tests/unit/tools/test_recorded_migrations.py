"""Migrations are read by running them where nothing happens."""

from types import SimpleNamespace

import alembic.context
import alembic.op
import pytest
import sqlalchemy as sa
from alembic.operations import ops

from tools.recorded_migrations import UnreadableMigrationError, steps, table_of


def recorded(upgrade, **names):
    return steps(SimpleNamespace(module=SimpleNamespace(op=alembic.op, upgrade=upgrade, **names)))


def kinds(found):
    return [(type(step).__name__, table_of(step)) for step in found]


def test_every_way_to_ask_is_noted_with_its_table():
    def upgrade():
        made = op().create_table("books", sa.Column("id", sa.Integer()))
        op().bulk_insert(made, [{"id": 1}])
        op().create_index("ix", "books", ["id"])
        op().create_foreign_key("fk", "books", "pens", ["id"], ["id"])
        with op().batch_alter_table("pens") as batch:
            batch.add_column(sa.Column("id", sa.Integer()))
            batch.create_unique_constraint("uq", ["id"])
        op().execute("UPDATE pens SET id = 1")

    module = SimpleNamespace(op=alembic.op, upgrade=upgrade)
    op = lambda: module.op

    found = steps(SimpleNamespace(module=module))

    assert kinds(found) == [
        ("CreateTableOp", "books"),
        ("BulkInsertOp", "books"),
        ("CreateIndexOp", "books"),
        ("CreateForeignKeyOp", "books"),
        ("AddColumnOp", "pens"),
        ("CreateUniqueConstraintOp", "pens"),
        ("ExecuteSQLOp", None),
    ]
    assert module.op is alembic.op


def test_statements_on_a_connection_are_noted_and_find_nothing():
    module = SimpleNamespace(op=alembic.op)
    rows = []

    def upgrade():
        bind = module.op.get_bind()
        rows.append(bind.execute(sa.text("SELECT 1")).scalars().all())
        rows.append(bind.scalar(sa.text("SELECT 1")).first())

    module.upgrade = upgrade

    found = steps(SimpleNamespace(module=module))

    assert [type(step) for step in found] == [ops.ExecuteSQLOp, ops.ExecuteSQLOp]
    assert rows == [(), None]


def test_what_is_done_without_a_database_alone_is_read():
    def upgrade():
        assert module.context.is_offline_mode()
        assert module.context.get_context().dialect.name == "mysql"

    module = SimpleNamespace(op=alembic.op, context=alembic.context, upgrade=upgrade)

    assert steps(SimpleNamespace(module=module)) == []
    assert module.context is alembic.context


def test_reading_is_quiet(caplog):
    with caplog.at_level("INFO"):
        recorded(lambda: None)

    assert caplog.text == ""


def test_one_that_needs_an_answer_is_told():
    with pytest.raises(UnreadableMigrationError, match="ZeroDivisionError"):
        recorded(lambda: 1 / 0)
