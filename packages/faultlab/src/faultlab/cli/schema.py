"""`faultlab schema`: the JSON Schema of report.json."""

import click

from faultlab.cli.options import command
from faultlab.report.schema import text


@command("schema", "fault.schema")
def schema(*, as_json: bool) -> None:  # noqa: ARG001
    """The document itself is JSON, so --json changes nothing."""
    click.echo(text(), nl=False)
