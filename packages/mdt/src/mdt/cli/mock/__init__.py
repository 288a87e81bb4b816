"""`mdt mock`: definitions and the server that plays them."""

import click

from mdt.cli.commands import LANGUAGE, Group
from mdt.language import _

COMMANDS = {
    "create": "mdt.cli.mock.create:create",
    "generate": "mdt.cli.mock.generate:generate",
    "lint": "mdt.cli.mock.lint:lint",
    "list": "mdt.cli.mock.names:names",
    "schema": "mdt.cli.mock.create:schema",
    "send": "mdt.cli.mock.send:send",
    "callbacks": "mdt.cli.mock.send:callbacks",
    "serve": "mdt.cli.mock.serve:serve",
    "virtual": "mdt.cli.mock.serve:virtual",
    "use": "mdt.cli.mock.names:use",
    "monitor": "mdt.cli.mock.monitor:monitor",
    "debug": "mdt.cli.mock.debug:debug",
    "record": "mdt.cli.mock.record:record",
    "replay": "mdt.cli.mock.replay:replay",
    "recordings": "mdt.cli.mock.recordings:recordings",
    "scan": "mdt.cli.mock.scan:scan_files",
    "import": "mdt.cli.mock.import_files:import_files",
    "export": "mdt.cli.mock.export:export",
}


@click.group("mock", cls=Group, lazy=COMMANDS, help=_("Definitions, and the server that plays them."))
@LANGUAGE
def mock() -> None:
    """A table of commands."""
