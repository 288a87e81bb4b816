"""The commands of a clone: `flask openapi`, `flask migrations`, `flask settings`, `flask module`, `flask project`, `flask doctor`.

Each is imported when it is called: a server that starts does not need them.
"""

from typing import override

import click
from flask import Flask
from flask.cli import AppGroup
from werkzeug.utils import import_string

WITHOUT_APPLICATION = {  # these work on files, also if the application cannot start
    "doctor": "tools.doctor:doctor",
    "module": "tools.module:module",
    "project": "tools.project_commands:project",
    "settings": "tools.env_example:settings",
}
WITH_APPLICATION = WITHOUT_APPLICATION | {
    "migrations": "tools.migration_lint:migrations",
    "openapi": "tools.openapi:openapi",
}


class Tools(AppGroup):
    """A group that knows its commands by name and imports them when they are called."""

    def __init__(self, places: dict[str, str]) -> None:
        super().__init__()
        self._places = places

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *self._places})

    @override
    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._places:
            return super().get_command(ctx, cmd_name)
        command: click.Command = import_string(self._places[cmd_name])
        return command


def init_app(app: Flask) -> None:
    """Add the tools to the commands that the modules have registered."""
    commands = app.cli.commands
    app.cli = Tools(WITH_APPLICATION)
    app.cli.commands.update(commands)
