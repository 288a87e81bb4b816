"""Migrations: `flask db` knows where they are."""

import pytest
from alembic.config import Config
from alembic.operations import ops
from alembic.script import ScriptDirectory
from flask import Flask

from backend.core.db import db, migrations


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
