"""The application for the `flask` command: if it cannot start, the commands that help to mend it still work."""

from typing import Any, NoReturn, override

import click
from flask import Flask

import tools
from backend import create_app


class ToolsOnly(tools.Tools):
    """The clone's tools; any other command fails with the reason why the application cannot start."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(tools.WITHOUT_APPLICATION)
        self._reason = reason

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        return super().get_command(ctx, cmd_name) or click.Command(
            cmd_name, callback=self._refuse, context_settings={"ignore_unknown_options": True, "allow_extra_args": True}
        )

    def _refuse(self, **_: Any) -> NoReturn:
        raise self._reason


def create_cli_app() -> Flask:
    """The application; or, when something stops it, one that has the clone's tools alone and says why."""
    try:
        app = create_app()
    except Exception as error:
        if _another_command_runs():
            raise
        return _bare(error)
    tools.init_app(app)
    return app


def _another_command_runs() -> bool:
    """True inside `flask run`, `flask db` and the like, which need the whole application."""
    context = click.get_current_context(silent=True)
    return context is not None and context.parent is not None


def _bare(error: Exception) -> Flask:
    app = Flask("backend", static_folder=None)
    app.extensions["start_error"] = error
    app.cli = ToolsOnly(error)
    return app
