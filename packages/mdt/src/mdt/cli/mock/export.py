"""`mdt mock export`: a service as WireMock's mappings, or as an OpenAPI document."""

import os
import tempfile
from pathlib import Path

import click

from mdt.cli import targets
from mdt.cli.commands import MOCKS, argument, command, option
from mdt.cli.output import dumps, emit, note
from mdt.formats.to_openapi import OpenApiExporter
from mdt.formats.to_wiremock import Exporter
from mdt.language import _

FORMAT = argument("kind", type=click.Choice(["wiremock", "openapi"]), metavar="wiremock|openapi", help=_("The format."))
SERVICE = option("--service", "-s", "service", metavar="S", required=True, help=_("The service."))
SCENARIO = option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="NAME",
    help=_("Of WireMock: played where a route has it; may be repeated."),
)
OUT = option("--out", type=click.Path(path_type=Path, dir_okay=False), help=_("The file; otherwise stdout."))


@command(
    "export",
    _("Write a service as WireMock's mappings, or as an OpenAPI document."),
    FORMAT,
    SERVICE,
    SCENARIO,
    OUT,
    MOCKS,
)
def export(
    *, kind: str, service: str, scenarios: tuple[str, ...], out: Path | None, mocks: Path | None, as_json: bool
) -> None:
    """What the format cannot say is told on stderr."""
    catalog = targets.catalog(mocks)
    found = targets.service(catalog, service)
    exporter = Exporter(catalog, found, scenarios) if kind == "wiremock" else OpenApiExporter(catalog, found)
    document = exporter.document()
    for loss in exporter.losses:
        note(_("not the same: {where}: {what}", where=loss.where, what=loss.what))
    if out is None:
        click.echo(dumps(document))
        return
    _write(out, dumps(document) + "\n")
    losses = [{"where": loss.where, "what": str(loss.what)} for loss in exporter.losses]
    emit({"file": str(out), "losses": losses}, as_json=as_json, human=lambda: click.echo(_("written {file}", file=out)))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(temporary).replace(path)
