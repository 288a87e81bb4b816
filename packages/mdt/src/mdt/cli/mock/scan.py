"""`mdt mock scan`: fails if a secret has got into the definitions, their recordings, or the contracts."""

from dataclasses import asdict
from pathlib import Path

import click

from mdt.cli import targets
from mdt.cli.commands import MOCKS, argument, command
from mdt.cli.output import CommandError, ExitCode, emit
from mdt.definitions import Settings, load
from mdt.engine.catalog import RecordingSettings
from mdt.errors import MdtError
from mdt.language import _
from mdt.recording.scanning import Leak, files_below, scan

PATHS = argument(
    "paths",
    nargs=-1,
    metavar="[PATH]...",
    type=click.Path(path_type=Path, exists=True),
    help=_("Files and folders; otherwise the definitions and, beside them, contracts/."),
)


@command("scan", _("Look for secrets in definitions, recordings and contracts; each with file and line."), PATHS, MOCKS)
def scan_files(*, paths: tuple[Path, ...], mocks: Path | None, as_json: bool) -> ExitCode:
    """The values that mdt.yaml allows count as none."""
    settings = recording_settings(mocks, needed=not paths)
    looked = list(files_below(list(paths) or _usual(mocks)))
    leaks = [leak for path in looked for leak in _scanned(path, settings)]
    document = {"files": len(looked), "leaks": [asdict(one) for one in leaks]}
    emit(document, as_json=as_json, human=lambda: _print(len(looked), leaks))
    return ExitCode.PROBLEMS if leaks else ExitCode.OK


def recording_settings(mocks: Path | None, *, needed: bool = False) -> RecordingSettings:
    """Those of mdt.yaml; the usual ones if there are no definitions, unless they are `needed`, or they do not load."""
    try:
        where = targets.folder(mocks)
    except MdtError:
        if needed:
            raise
        return Settings().recording
    try:
        return load(where).settings.recording
    except MdtError:
        return Settings().recording


def _usual(mocks: Path | None) -> list[Path]:
    where = targets.folder(mocks)
    return [where, *(one for one in [where.parent / "contracts"] if one.is_dir())]


def _scanned(path: Path, settings: RecordingSettings) -> list[Leak]:
    try:
        return scan(path, settings)
    except OSError as error:
        why = _("{file} cannot be read: {reason}", file=path, reason=error.strerror)
        raise CommandError(ExitCode.PROBLEMS, why) from None


def _print(count: int, leaks: list[Leak]) -> None:
    for one in leaks:
        where = click.style(f"{one.file}:{one.line}", bold=True)
        click.echo(_("{where}: looks like a {kind}: {shown}", where=where, kind=one.kind, shown=one.shown))
    click.echo(_("{files} files, {leaks} secrets", files=count, leaks=len(leaks)))
    if leaks:
        click.echo(_("No secret? Let recording.allow in mdt.yaml match it."))
