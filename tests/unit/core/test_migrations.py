"""Migrations: `flask db` knows where they are."""

from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Flask

from backend.core import migrations
from backend.core.db import db


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
