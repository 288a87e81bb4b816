"""`flask openapi`: writes the committed OpenAPI document, or says that it is out of date."""

from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from backend.core.settings import ROOT
from backend.core.web import docs

DOCUMENT = ROOT / "docs" / "openapi.json"

openapi = AppGroup("openapi", help="Look after the OpenAPI document.")


@openapi.command("write")
@click.option("--to", "target", type=click.Path(path_type=Path), default=DOCUMENT, help="Where to write it.")
def write(target: Path) -> None:
    """Write docs/openapi.json from the route tables."""
    target.write_bytes(docs.render(current_app))
    click.echo(f"wrote {target.name}")


@openapi.command("check")
def check() -> None:
    """Fail if docs/openapi.json is not what the application serves."""
    if not DOCUMENT.is_file() or DOCUMENT.read_bytes() != docs.render(current_app):
        raise click.ClickException("docs/openapi.json is out of date; run `make openapi` and commit it.")
    click.echo("docs/openapi.json is up to date")
