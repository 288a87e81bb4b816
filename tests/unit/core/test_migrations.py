"""Migrations: `flask db` knows where they are."""

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from alembic.config import Config
from alembic.operations import ops
from alembic.script import ScriptDirectory
from flask import Flask
from sqlalchemy import String
from sqlalchemy.types import TypeDecorator

from backend.core.db import UtcDateTime, db, migrations
from backend.core.db.columns import FixedPoint


def test_the_command_looks_into_the_folder_of_the_project(app: Flask):
    migrate = app.extensions["migrate"]

    assert migrate.directory == str(migrations.FOLDER)
    assert migrate.db is db
    assert (migrations.FOLDER / "env.py").is_file()


def test_the_history_is_one_line():
    config = Config()
    config.set_main_option("script_location", str(migrations.FOLDER))

    scripts = ScriptDirectory.from_config(config)

    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1


def test_the_command_exists(app: Flask):
    result = app.test_cli_runner().invoke(args=["db", "--help"])

    assert result.exit_code == 0
    assert "upgrade" in result.output


class TestDropTablesWhole:
    """What Alembic finds on its own is rewritten before it is written down."""

    @staticmethod
    def index(table: str, schema: str | None = None) -> ops.ModifyTableOps:
        return ops.ModifyTableOps(table, [ops.DropIndexOp(f"ix_{table}", table, schema=schema)], schema=schema)

    @staticmethod
    def rewritten(steps: list[ops.MigrateOperation], half: str) -> list[ops.MigrateOperation]:
        halves = {"upgrade": ops.UpgradeOps([]), "downgrade": ops.DowngradeOps([])}
        halves[half].ops = steps
        script = ops.MigrationScript("0009", halves["upgrade"], halves["downgrade"])
        migrations.drop_tables_whole(None, ("0008",), [script])
        return halves[half].ops

    @pytest.mark.parametrize("half", ["upgrade", "downgrade"])
    def test_indexes_of_a_dropped_table_go_with_it(self, half: str):
        first, second = ops.DropTableOp("children"), ops.DropTableOp("parents")

        left = self.rewritten([self.index("children"), first, self.index("parents"), second], half)

        assert left == [first, second]

    def test_indexes_of_tables_that_stay_are_dropped(self):
        steps = [self.index("parents"), self.index("children", schema="archive"), ops.DropTableOp("children")]

        assert self.rewritten(steps, "downgrade") == steps

    def test_flask_db_migrate_goes_through_it(self, app: Flask):
        assert app.extensions["migrate"].configure_args["process_revision_directives"] is migrations.drop_tables_whole


class TestOwnTypes:
    """`flask db migrate` writes our column types by their names, and imports them."""

    @pytest.mark.parametrize("kind", [UtcDateTime(), FixedPoint(2)], ids=["moment", "decimal"])
    def test_are_written_and_imported(self, kind: TypeDecorator[Any]):
        seen = SimpleNamespace(imports=set[str]())

        text = migrations.render_item("type", kind, seen)

        assert isinstance(text, str)
        assert repr(eval(text, vars(import_module(type(kind).__module__)))) == repr(kind)
        assert seen.imports == {f"from {type(kind).__module__} import {type(kind).__name__}"}

    def test_others_are_left_to_alembic(self):
        assert migrations.render_item("type", String(5), None) is False
        assert migrations.render_item("server_default", UtcDateTime(), None) is False
