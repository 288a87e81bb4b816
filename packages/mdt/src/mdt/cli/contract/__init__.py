"""`mdt contract`: what services promise each other, and who breaks it."""

import click

from mdt.cli.commands import LANGUAGE, Group
from mdt.language import _

COMMANDS = {
    "check": "mdt.cli.contract.check:check",
    "verify": "mdt.cli.contract.verify:verify",
    "diff": "mdt.cli.contract.diff:diff",
    "impact": "mdt.cli.contract.impact:impact_command",
    "confirm": "mdt.cli.contract.confirm:confirm",
    "list": "mdt.cli.contract.confirm:listing",
    "rules": "mdt.cli.contract.diff:rules",
}


@click.group(
    "contract", cls=Group, lazy=COMMANDS, help=_("Contracts between services: what they promise, and who breaks it.")
)
@LANGUAGE
def contract() -> None:
    """A table of commands."""
