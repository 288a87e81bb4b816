"""`faultlab report`: the files for people and build servers, made again from a report.json. `faultlab schema`: its JSON Schema."""

from pathlib import Path

import click

from faultlab.cli.base import CommandError, ExitCode, argument, command, emit, option
from faultlab.language import _
from faultlab.report import ReportError, read, render, write
from faultlab.report.schema import text
from faultlab.report_model import Report

FILE = argument(
    "file",
    type=click.Path(path_type=Path),
    metavar="REPORT.JSON",
    help=_("The report.json, or the folder that it is in."),
)
OUT = option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Another folder for the files, with a copy of report.json; otherwise beside it."),
)


@command("report", _("Make report.html and junit.xml again from a report.json."), FILE, OUT)
def report(*, file: Path, out: Path | None, as_json: bool) -> None:
    """The report.json itself stays as it is."""
    found = opened(file)
    folder = file if file.is_dir() else file.parent
    files = render(found, folder) if out is None or out.resolve() == folder.resolve() else write(found, out)
    document = {"files": [str(one) for one in files], "ok": found.summary.ok}
    emit(document, as_json=as_json, human=lambda: _say(files))


def opened(file: Path) -> Report:
    """The report, or a CommandError that says what is wrong with the file."""
    try:
        return read(file)
    except ReportError as error:
        raise CommandError(ExitCode.USAGE, error) from error


def _say(files: list[Path]) -> None:
    for one in files:
        click.echo(_("written {file}", file=one))


@command("schema", _("Print the JSON Schema of report.json."))
def schema(*, as_json: bool) -> None:  # noqa: ARG001
    """The document itself is JSON, so --json changes nothing."""
    click.echo(text(), nl=False)
