"""The `flask` command when the application cannot start: the tools work, the rest says why it is not there."""

import json

import pytest
from click.testing import CliRunner
from flask.cli import FlaskGroup

from backend.core.settings import SettingsError
from tests.framework.tables import table
from tools import cli_app

PROBLEM = "PORT: Input should be a valid integer"


@pytest.fixture
def flask():
    return lambda *words: CliRunner().invoke(FlaskGroup(create_app=cli_app.create_cli_app), words)


@pytest.fixture
def broken(fails):
    """Settings that stop the start."""
    fails(cli_app, "create_app", always=SettingsError([PROBLEM]))


def test_with_good_settings_every_command_is_there(flask):
    result = flask("--help")

    assert {"doctor", "module", "openapi", "project", "settings", "users"} <= set(result.output.split())


@pytest.mark.usefixtures("broken")
class TestBroken:
    @table(
        "command",
        ["users promote 1", "users --help-me", "openapi check", "run", "routes", "shell", "db upgrade", "nonsense"],
    )
    def test_commands_that_need_the_application_say_why_not(self, flask, command):
        result = flask(*command.split())

        assert result.exit_code == 2
        assert PROBLEM in result.output
        assert "Traceback" not in result.output

    @table("command", ["module list", "settings check", "project --help"])
    def test_commands_that_work_on_files_work(self, flask, command):
        assert flask(*command.split()).exit_code == 0

    def test_doctor_lists_the_problem(self, flask):
        result = flask("doctor", "--json")

        found = json.loads(result.stdout)
        assert result.exit_code == 1
        assert found["healthy"] is False
        assert {"check": "settings", "state": "problem", "what": PROBLEM, "mend": "see .env.example"} in found[
            "findings"
        ]

    def test_help_lists_what_works(self, flask):
        words = set(flask("--help").output.split())

        assert {"doctor", "module", "project", "settings"} <= words
        assert "users" not in words


def test_application_that_breaks_for_another_reason_says_it_as_well(flask, fails):
    fails(cli_app, "create_app", always=RuntimeError("no such driver"))

    assert "no such driver" in flask("doctor").output
    assert "no such driver" in str(flask("users").exception)
