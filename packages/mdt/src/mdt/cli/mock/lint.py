"""`mdt mock lint`: reports every problem of the definitions with its place and a suggestion, and warnings."""

from pathlib import Path
from typing import Any

import click

from mdt.cli import targets
from mdt.cli.commands import argument, command, option
from mdt.cli.output import ExitCode, emit
from mdt.definitions import load
from mdt.definitions.datasets import generation_problems
from mdt.errors import DefinitionError, Problem
from mdt.language import _
from mdt.lint.rules import Warned, warnings_of

FOLDER = argument(
    "folder",
    required=False,
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Folder of the definitions; otherwise MDT_MOCKS, else mocks/ here or above."),
)
STRICT = option("--strict", is_flag=True, help=_("Warnings count as problems."))


@command(
    "lint",
    _("Check the definitions: each problem with file, line and a suggestion, and what only looks wrong."),
    FOLDER,
    STRICT,
)
def lint(*, folder: Path | None, strict: bool, as_json: bool) -> ExitCode:
    """Looks for warnings only if the definitions load."""
    where = targets.folder(folder)
    problems: tuple[Problem, ...] = ()
    warned: list[Warned] = []
    try:
        catalog = load(where)
        problems, warned = (*catalog.problems, *generation_problems(catalog.data)), warnings_of(catalog)
    except DefinitionError as error:
        problems = error.problems
    document = {
        "folder": str(where),
        "problems": [_plain(one) for one in problems],
        "warnings": [{"rule": one.rule, **_plain(one.problem)} for one in warned],
    }
    emit(document, as_json=as_json, human=lambda: _print(where, problems, warned))
    return ExitCode.PROBLEMS if problems or (strict and warned) else ExitCode.OK


def _plain(one: Problem) -> dict[str, Any]:
    return {"file": one.file, "line": one.line, "message": one.message, "hint": one.hint}


def _print(where: Path, problems: tuple[Problem, ...], warned: list[Warned]) -> None:
    for problem in problems:
        click.echo(f"{click.style(_('problem'), fg='red')} {problem}")
    for one in warned:
        click.echo(f"{click.style(_('warning'), fg='yellow')} {one.problem} [{one.rule}]")
    click.echo(
        _(
            "{folder}: problems {problems}, warnings {warnings}",
            folder=where,
            problems=len(problems),
            warnings=len(warned),
        )
    )
