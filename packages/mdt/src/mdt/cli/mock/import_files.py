"""`mdt mock import`: other tools' files, and recordings, as a service file."""

from pathlib import Path
from typing import Any

import click

from mdt.cli import targets
from mdt.cli.commands import MOCKS, argument, command, option
from mdt.cli.mock.scan import recording_settings
from mdt.cli.output import emit, note, wrong_usage
from mdt.definitions.services import NAME
from mdt.formats.draft import Draft
from mdt.formats.reading import NAMES, read_files
from mdt.formats.writing import write
from mdt.language import _

WHAT = argument(
    "what",
    nargs=-1,
    required=True,
    metavar="[FORMAT] FILE...",
    help=_("Files; before them their format, if it should not be found out."),
)
SERVICE = option("--service", "-s", "service", metavar="S", required=True, help=_("Name of the service that is made."))
URL = option("--url", metavar="URL", help=_("The service's url; otherwise that of the file."))
FORCE = option("--force", is_flag=True, help=_("Replace what was imported under this name."))


@command(
    "import",
    _("Make a service of files of WireMock, Mockoon, Postman, HAR, VCR or Pact, or of a recording."),
    WHAT,
    SERVICE,
    URL,
    FORCE,
    MOCKS,
)
def import_files(
    *, what: tuple[str, ...], service: str, url: str | None, force: bool, mocks: Path | None, as_json: bool
) -> None:
    """What could not be taken over is told, each with its place."""
    if not NAME.fullmatch(service):
        raise wrong_usage(_("{name!r} is no name of a service: use letters, digits, - and _", name=service))
    name = what[0] if what[0] in NAMES and not Path(what[0]).exists() else None
    files = [Path(one) for one in (what[1:] if name else what)]
    if not files:
        raise wrong_usage(_("Name at least one file."))
    document = imported(targets.folder(mocks), name, _every(files), Draft(service, url or ""), force=force, mocks=mocks)
    emit(document, as_json=as_json, human=lambda: _print(document))


def _every(files: list[Path]) -> list[Path]:
    """Of a folder, its JSON and YAML files."""
    return [one for file in files for one in (sorted(_below(file)) if file.is_dir() else [file])]


def _below(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.suffix in (".json", ".yaml", ".yml") and "__files" not in one.parts]


def imported(
    folder: Path, name: str | None, files: list[Path], draft: Draft, *, force: bool, mocks: Path | None
) -> dict[str, Any]:
    """Writes the service file, and returns the report."""
    read_files(name, files, draft, recording_settings(mocks))
    path = write(folder, draft, ", ".join(file.name for file in files), force=force)
    scenarios = sorted({one for route in draft.routes for one in route.scenarios})
    losses = [{"where": loss.where, "what": str(loss.what)} for loss in draft.losses]
    return {
        "file": str(path),
        "service": draft.service,
        "routes": len(draft.routes),
        "scenarios": scenarios,
        "losses": losses,
    }


def _print(document: dict[str, Any]) -> None:
    click.echo(
        _(
            "written {file}: {routes} routes, {scenarios} scenarios",
            file=document["file"],
            routes=document["routes"],
            scenarios=len(document["scenarios"]),
        )
    )
    for loss in document["losses"]:
        note(_("not the same: {where}: {what}", where=loss["where"], what=loss["what"]))
    if document["losses"]:
        note(_("{count} things are not the same as in the file", count=len(document["losses"])))
