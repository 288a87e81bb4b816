"""`mdt mock create`: an example to start from; `mdt mock schema`: the JSON Schema that its files name for editors."""

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
from mdt.cli.integration.coverage import coverage_schema
from mdt.cli.output import CommandError, ExitCode, dumps, emit, note
from mdt.definitions import json_schema, load
from mdt.errors import DefinitionError
from mdt.language import _

EDITORS = Path(".mdt/service.schema.json")  # below the folder of definitions; service files name it in their first line
SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {"service": json_schema, "coverage": coverage_schema}

OF = option(
    "--of", "kind", type=click.Choice(list(SCHEMAS)), default="service", show_default=True, help=_("Which document.")
)
WRITE = option("--write", is_flag=True, help=_("Write it to .mdt/ in the folder of the definitions."))


@command(
    "schema",
    _("Print the JSON Schema of a service file, for editors; --of coverage: of coverage.json."),
    OF,
    WRITE,
    MOCKS,
)
def schema(*, kind: str, write: bool, mocks: Path | None, as_json: bool) -> None:
    """The document itself is JSON, so --json changes what --write says, and nothing else."""
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
    """Whether the file was another before."""
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
    """Everything or nothing: an example that clashes with what is there would only be in the way."""
    mocks = folder / "mocks"
    with tempfile.TemporaryDirectory(prefix="mdt-") as temporary:
        example = Path(temporary, "example")
        unpack(kind, example)
        plan = Plan.of(example, mocks)
        plan.check(Path(temporary, "mocks"))
        plan.carry_out()
    document = {"folder": str(mocks), "written": [*map(str, plan.new)], "existing": [*map(str, plan.existing)]}
    emit(document, as_json=as_json, human=lambda: _print(plan))
    return ExitCode.OK


def unpack(kind: str, target: Path) -> None:
    """The example, with the schema that its files name for editors."""
    with as_file(files("mdt.cli") / "example" / kind) as source:
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    for path in list(target.rglob("*.example")):  # Python that is nobody's module here
        path.rename(path.with_suffix(""))
    schema = target / EDITORS
    schema.parent.mkdir()
    schema.write_text(dumps(json_schema()) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Plan:
    """Which files of the example are new in `mocks`, relative to both."""

    example: Path
    mocks: Path
    new: tuple[Path, ...]
    existing: tuple[Path, ...]

    @classmethod
    def of(cls, example: Path, mocks: Path) -> "Plan":
        found = sorted(_files(example))
        there = {path for path in found if (mocks / path).exists()}
        return cls(example, mocks, tuple(path for path in found if path not in there), tuple(sorted(there)))

    def check(self, trial: Path) -> None:
        """Puts both together elsewhere. Raises CommandError when they do not go together."""
        if self.mocks.exists():
            shutil.copytree(self.mocks, trial)
        self._write(trial)
        try:
            problems = load(trial).problems
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

    def carry_out(self) -> None:
        self._write(self.mocks)

    def _write(self, target: Path) -> None:
        for path in self.new:
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            with (target / path).open("xb") as file:  # somebody else may have been quicker
                file.write((self.example / path).read_bytes())


def _files(folder: Path) -> Iterator[Path]:
    return (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def _print(plan: Plan) -> None:
    for path in plan.existing:
        click.echo(_("exists  {file}", file=plan.mocks / path))
    for path in plan.new:
        click.echo(_("written {file}", file=plan.mocks / path))
    click.echo(_("Next: {command}", command="mdt mock serve") if plan.new else _("Everything was there already."))
