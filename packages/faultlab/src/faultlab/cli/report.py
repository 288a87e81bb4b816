"""`faultlab report`: what people and build servers read, made again from a report.json."""

from pathlib import Path

import click

from faultlab.cli.exits import CommandError, ExitCode
from faultlab.cli.language import say
from faultlab.cli.options import argument, command, option
from faultlab.cli.output import emit
from faultlab.report import ReportError, read, render, write
from faultlab.report_model import Report

FILE = argument("file", type=click.Path(path_type=Path), metavar="REPORT.JSON", help="fault.report.file")
OUT = option("--out", type=click.Path(path_type=Path, file_okay=False), help="fault.report.out")


@command("report", "fault.report", FILE, OUT)
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
        raise CommandError(ExitCode.USAGE, str(error)) from error


def _say(files: list[Path]) -> None:
    for one in files:
        click.echo(say("fault.report.written", file=one))
