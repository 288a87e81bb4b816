"""`mdt fault`: the fault laboratory. What it needs beyond mdt is an extra of the package; without it the help still works."""

import click

from mdt.cli.exits import wrong_usage
from mdt.cli.groups import Command, Group
from mdt.cli.language import say
from mdt.cli.options import LANGUAGE

COMMANDS = {
    "run": "mdt.cli.fault.run:run",
    "chaos": "mdt.cli.fault.chaos:chaos",
    "list": "mdt.cli.fault.cases:cases",
    "check": "mdt.cli.fault.check:check",
    "report": "mdt.cli.fault.report:report",
    "schema": "mdt.cli.fault.schema:schema",
}
EXTRA = {"psutil", "psycopg", "pymysql", "sqlalchemy", "urllib3"}  # the extra `faults`


class Laboratory(Group):
    """A command whose packages are missing says so when it is called, not when it is only listed."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        try:
            return super().get_command(ctx, cmd_name)
        except ModuleNotFoundError as error:
            if error.name not in EXTRA:
                raise
            return _without(cmd_name, error.name)


def _without(name: str, package: str) -> click.Command:
    """In place of a command that needs this package."""

    def refuse(**_given: object) -> None:
        raise wrong_usage(say("fault.needs", name=name, package=package))

    given = click.Argument(["given"], nargs=-1, type=click.UNPROCESSED)
    return Command(
        name,
        callback=refuse,
        params=[given],
        help=f"fault.{name}",
        context_settings={"ignore_unknown_options": True},
    )


@click.group("fault", cls=Laboratory, lazy=COMMANDS, help="fault.help")
@LANGUAGE
def fault() -> None:
    """A table of commands."""
