"""`mdt test`: tests that run with the mocks."""

import click

from mdt.cli.groups import Group
from mdt.cli.options import LANGUAGE
from mdt.language import _


@click.group(
    "test",
    cls=Group,
    lazy={"integration": "mdt.cli.integration.command:integration"},
    help=_("Tests that run with the mocks."),
)
@LANGUAGE
def test() -> None:
    """A table of commands."""
