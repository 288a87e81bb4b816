"""`mdt mock create` writes an example; `mdt mock schema` prints the JSON Schema of its files, for editors."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import click

from mdt.cli import targets
from mdt.cli.commands import MOCKS, argument, command, option
from mdt.cli.integration.coverage_schema import coverage_schema
from mdt.cli.output import CommandError, ExitCode, dumps, emit, note
from mdt.definitions import json_schema, load
from mdt.definitions.callback_schema import json_schema as callbacks_schema
from mdt.errors import DefinitionError, Problem
from mdt.language import _

EDITORS = Path(".mdt/service.schema.json")  # in the folder of definitions; the first line of service files names it
SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "service": json_schema,
    "callbacks": callbacks_schema,
    "coverage": coverage_schema,
}

OF = option(
    "--of", "kind", type=click.Choice(list(SCHEMAS)), default="service", show_default=True, help=_("Which document.")
)
WRITE = option("--write", is_flag=True, help=_("Write it to .mdt/ in the folder of the definitions."))


@command(
    "schema",
    _("Print the JSON Schema of a service file, for editors; --of callbacks, --of coverage: of those files."),
    OF,
    WRITE,
    MOCKS,
)
def schema(*, kind: str, write: bool, mocks: Path | None, as_json: bool) -> None:
    """The document is JSON anyway; --json changes only the output of --write."""
    document = SCHEMAS[kind]()
    if not write:
        click.echo(dumps(document))
        return
    path = targets.folder(mocks) / EDITORS.with_name(f"{kind}.schema.json")
    changed = write_schema(path, document)
    emit(
        {"file": str(path), "changed": changed},
        as_json=as_json,
        human=lambda: note(_("{file} is up to date.", file=path)),
    )


def write_schema(path: Path, document: dict[str, Any]) -> bool:
    """Writes the file. Returns whether it changed."""
    text = dumps(document) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


TYPES = ("backend",)  # each is a folder of mdt/cli/example

TYPE = option(
    "--type", "kind", type=click.Choice(TYPES), default=TYPES[0], show_default=True, help=_("What is to be tested.")
)
FOLDER = argument(
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(),
    help=_("The project; the example goes to mocks/ in it."),
)


@command("create", _("Write an example of definitions to start from; files that exist stay as they are."), TYPE, FOLDER)
def create(*, kind: str, folder: Path, as_json: bool) -> ExitCode:
    """Writes all files or, if they would clash with what is there, none."""
    mocks = folder / "mocks"
    with tempfile.TemporaryDirectory(prefix="mdt-") as temporary:
        example = Path(temporary, "example")
        unpack(kind, example)
        plan = Plan.of(example, mocks)
        plan.check()
        plan.carry_out()
    document = {"folder": str(mocks), "written": [*map(str, plan.new)], "existing": [*map(str, plan.existing)]}
    emit(document, as_json=as_json, human=lambda: _print(plan))
    return ExitCode.OK


def unpack(kind: str, target: Path) -> None:
    """Copies the example, with the schema for editors."""
    with as_file(files("mdt.cli") / "example" / kind) as source:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    for path in list(target.rglob("*.example")):  # Python files that are no modules of mdt
        path.rename(path.with_suffix(""))
    schema = target / EDITORS
    schema.parent.mkdir()
    schema.write_text(dumps(json_schema()) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Plan:
    """Which files of the example are new in `mocks`, as relative paths."""

    example: Path
    mocks: Path
    new: tuple[Path, ...]
    existing: tuple[Path, ...]

    @classmethod
    def of(cls, example: Path, mocks: Path) -> "Plan":
        found = sorted(_files(example))
        there = {path for path in found if (mocks / path).exists()}
        return cls(example, mocks, tuple(path for path in found if path not in there), tuple(sorted(there)))

    def check(self) -> None:
        """Loads both together. Raises CommandError if that fails."""
        try:
            problems = self._tried()
        except DefinitionError as error:
            problems = error.problems
        if problems:
            raise CommandError(
                ExitCode.PROBLEMS,
                _(
                    "Nothing was written: together with what is there already, the example would have "
                    "problems.\n{problems}",
                    problems="\n".join(map(str, problems)),
                ),
            )

    def _tried(self) -> tuple[Problem, ...]:
        """From a temporary folder beside the definitions, because those that are there may name contracts outside."""
        if not self.mocks.exists():
            return load(self.example).problems
        with tempfile.TemporaryDirectory(prefix=".mdt-", dir=self.mocks.parent) as trial:
            shutil.copytree(self.mocks, trial, dirs_exist_ok=True)
            self._write(Path(trial))
            return load(Path(trial)).problems

    def carry_out(self) -> None:
        self._write(self.mocks)

    def _write(self, target: Path) -> None:
        for path in self.new:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            with (target / path).open("xb") as file:  # fails if another process has written it meanwhile
                file.write((self.example / path).read_bytes())


def _files(folder: Path) -> Iterator[Path]:
    return (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def _print(plan: Plan) -> None:
    for path in plan.existing:
        click.echo(_("exists  {file}", file=plan.mocks / path))
    for path in plan.new:
        click.echo(_("written {file}", file=plan.mocks / path))
    click.echo(_("Next: {command}", command="mdt mock serve") if plan.new else _("Everything was there already."))
