"""`mdt fault`: the fault laboratory."""

import click

from mdt.cli.groups import Group
from mdt.cli.options import LANGUAGE

COMMANDS = {
    "run": "mdt.cli.fault.run:run",
    "chaos": "mdt.cli.fault.chaos:chaos",
    "list": "mdt.cli.fault.cases:cases",
    "check": "mdt.cli.fault.check:check",
    "report": "mdt.cli.fault.report:report",
    "schema": "mdt.cli.fault.schema:schema",
}


@click.group("fault", cls=Group, lazy=COMMANDS, help="fault.help")
@LANGUAGE
def fault() -> None:
    """A table of commands."""
