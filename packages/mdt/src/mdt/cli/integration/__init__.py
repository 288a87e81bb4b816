"""`mdt test`: tests that run with the mocks."""

import click

from mdt.cli.groups import Group
from mdt.cli.options import LANGUAGE


@click.group("test", cls=Group, lazy={"integration": "mdt.cli.integration.command:integration"}, help="test.help")
@LANGUAGE
def test() -> None:
    """A table of commands."""
