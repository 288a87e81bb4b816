"""`mdt mock generate`: makes mocks of an OpenAPI document, and prints what was made of each endpoint."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import click

from mdt.cli import targets
from mdt.cli.commands import MOCKS, command, option
from mdt.cli.mock.kept_contract import kept_contract
from mdt.cli.output import CommandError, ExitCode, emit, wrong_usage
from mdt.definitions.services import NAME
from mdt.errors import DefinitionError, MdtError
from mdt.generate import Generated, Plan, generated, plan, problems_of
from mdt.generate.names import service_name
from mdt.language import _
from mdt.openapi import Document, read

DOCUMENT = option(
    "--from-swagger",
    "--from-openapi",
    "path",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help=_("The OpenAPI document: 2.0, 3.0, 3.1 or 3.2, YAML or JSON."),
)
SERVICE = option("--service", metavar="NAME", help=_("Name of the service; otherwise that of the file."))
EVERYTHING = option(
    "--all", "everything", is_flag=True, help=_("Every scenario: also boundary, full, connectionReset, all examples.")
)
OUT = option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Folder of the service; otherwise external/NAME in the folder of the definitions."),
)
ROOT = option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help=_("Folder that references may lead to; otherwise that of the document."),
)
URL = option("--url", metavar="URL", help=_("URL of the service; otherwise the document's first server."))
CONTRACT = option(
    "--contract",
    "as_contract",
    is_flag=True,
    help=_("Keep the document as the service's contract, contracts/NAME/VERSION; the mocks are checked against it."),
)
VIRTUAL = option(
    "--virtual",
    is_flag=True,
    help=_("Also begin a virtual service, virtual.py: handlers that keep the rows of each collection."),
)
DRY = option("--dry-run", is_flag=True, help=_("Write nothing."))
CHECK = option("--check", is_flag=True, help=_("Write nothing; exit code 1 if the mocks are not up to date."))
_GENERIC = ("openapi", "swagger", "api", "spec", "index", "main", "root")
_ENDS = ("-api", "-openapi", "-swagger", "-spec", "-v1", "-v2", "-v3")


@contextmanager
def _without_collector() -> Iterator[None]:
    """A document is a hundred thousand objects that all stay: looking through them for garbage takes a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@command(
    "generate",
    _("Make mocks of an OpenAPI document: named scenarios for each endpoint. What was edited by hand stays."),
    *(DOCUMENT, SERVICE, EVERYTHING, OUT, ROOT, URL, CONTRACT, VIRTUAL, DRY, CHECK, MOCKS),
)
@_without_collector()
def generate(
    *,
    path: Path,
    service: str | None,
    everything: bool,
    out: Path | None,
    root: Path | None,
    url: str | None,
    as_contract: bool,
    virtual: bool,
    dry_run: bool,
    check: bool,
    mocks: Path | None,
    as_json: bool,
) -> ExitCode:
    """Everything is tried before a file is written."""
    document = read(path, root=root)
    if not document.operations and not document.webhooks:
        raise CommandError(ExitCode.PROBLEMS, _("{file} has no paths, so there is nothing to mock", file=path))
    name = _name(service, path, document)
    found = generated(document, name, everything=everything, url=url or "", virtual=virtual)
    where, write = _folder(mocks), not (dry_run or check)
    folder = out or where / "external" / name
    if as_contract and not folder.resolve().is_relative_to(where.resolve()):
        raise wrong_usage(_("--contract needs a folder below {mocks}", mocks=where))
    kept = kept_contract(path, document, name, where.resolve().parent, keep=write) if as_contract else nullcontext()
    with kept as contract:
        if contract:
            found.head["contract"] = Path(os.path.relpath(contract, folder.resolve())).as_posix()
        made = _tried(plan(found, document, folder, everything=everything), where)
        if write:
            made.carry_out()
    stale = check and bool(made.differing)
    emit(
        _as_json(document, found, made),
        as_json=as_json,
        human=lambda: _print(document, found, made, dry=dry_run or check),
    )
    return ExitCode.PROBLEMS if stale else ExitCode.OK


def _tried(made: Plan, mocks: Path) -> Plan:
    if problems := problems_of(made, mocks):
        raise DefinitionError(problems)
    return made


def _folder(mocks: Path | None) -> Path:
    """The folder of the definitions; mocks/ here if there is none yet."""
    if mocks is not None:
        return mocks
    try:
        return targets.folder(None)
    except MdtError:
        return Path("mocks")


def _name(given: str | None, path: Path, document: Document) -> str:
    """The name of the service. Raises CommandError if the given one is none."""
    if given is not None:
        if not NAME.fullmatch(given):
            raise wrong_usage(_("{name!r} is no name of a service. Use letters, digits, - and _", name=given))
        return given
    stem = path.name.partition(".")[0]
    name = service_name(document.title if stem.lower() in _GENERIC else stem)
    for end in _ENDS:
        name = name.removesuffix(end) or name
    return name


def _as_json(document: Document, found: Generated, made: Plan) -> dict[str, Any]:
    return {
        "service": found.service,
        "document": {"title": document.title, "version": document.version, "openapi": document.openapi},
        "folder": str(made.folder),
        "endpoints": [
            {"route": one.route, "scenarios": one.scenarios, "declared": one.declared, "errors": one.errors}
            for one in found.endpoints
        ],
        "callbacks": found.sent,
        "totals": _totals(found),
        "notes": [{"where": one.where, "message": str(one.text), "leftOut": one.left_out} for one in found.notes],
        "problems": [str(one) for one in document.problems],
        "changes": [{"kind": one.kind, "what": one.what} for one in made.changes],
        "files": made.differing,
    }


def _totals(found: Generated) -> dict[str, int]:
    return {
        "endpoints": len(found.endpoints),
        "scenarios": sum(len(one.scenarios) for one in found.endpoints),
        "errors": sum(len(one.errors) for one in found.endpoints),
    }


def _print(document: Document, found: Generated, made: Plan, *, dry: bool) -> None:
    for one in found.endpoints:
        click.echo(f"{click.style('✓', fg='green')} {one.route}")
        click.echo(_("    scenarios: {names}", names=", ".join(one.scenarios)))
        if one.errors:
            click.echo(_("    error codes: {codes}", codes=", ".join(one.errors)))
    if found.sent:
        click.echo(_("✓ callbacks: {names}", names=", ".join(found.sent)))
    _print_notes(document, found, made)
    click.echo(_("✓ endpoints: {endpoints}  ✓ scenarios: {scenarios}  ✓ error codes: {errors}", **_totals(found)))
    if dry:
        click.echo(_("{folder}: {count} files would change", folder=made.folder, count=len(made.differing)))
    else:
        click.echo(_("Written to {folder}. Next: {command}", folder=made.folder, command="mdt mock lint"))


def _print_notes(document: Document, found: Generated, made: Plan) -> None:
    """What was repaired or left out, and after the first run what changed."""
    for note in found.notes:
        mark = _("left out") if note.left_out else _("repaired")
        click.echo(f"{click.style(mark, fg='yellow')} {note.where}: {note.text}")
    for problem in document.problems:
        click.echo(f"{click.style(_('document'), fg='yellow')} {problem}")
    again = any(one.kind != "added" for one in made.changes)
    for change in made.changes if again else ():
        click.echo(change.text())
