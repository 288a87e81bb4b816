"""`mdt test`: tests that run with the mocks."""

import click

from mdt.cli.commands import LANGUAGE, Group
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
