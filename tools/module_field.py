"""`flask module field add invoices due:date:optional`: a field more in a module that is in use, in every file, or nothing."""

import re
from itertools import groupby
from pathlib import Path

import click
import libcst as cst

from backend.core.clock import utcnow
from tools import fields
from tools.backfill import default_for
from tools.changes import Changes
from tools.code_places import imports
from tools.field_edits import Step, steps
from tools.field_lines import Lines
from tools.fields import Field
from tools.manifest import FILE
from tools.migration_files import MigrationFiles
from tools.module_new import finish
from tools.module_values import imports as import_lines
from tools.names import snake
from tools.project import DOCUMENT, Project
from tools.references import check_target
from tools.syntax import PlaceNotFoundError
from tools.templating import renderer

CLASS = re.compile(r'^class (\w+)\(.*?\):\n(?:    """.*?"""\n+)?    __tablename__ = "(\w+)"', re.MULTILINE | re.DOTALL)


def add(project: Project, module: str, word: str, backfill: str | None) -> list[str]:
    """Add the field to the module, its tests and the document, and write the migration; gives what was done, a line a file."""
    field = fields.one(word)
    fields.check_lengths(module, [field])
    lines = described(project, module, field, backfill)
    changes = planned(project, lines)
    done = changes.lines()
    changes.apply(lambda: finish(project, changes), also=[DOCUMENT])
    return [*done, f"change  {DOCUMENT}"]


def described(project: Project, module: str, field: Field, backfill: str | None) -> Lines:
    """The field as a part of this module; raises `click.ClickException` where it cannot be."""
    if module not in project.module_names():
        raise click.ClickException(f"There is no module {module!r}; there are {', '.join(project.module_names())}.")
    text = _text(project.modules / module / "model.py")
    found = [name for name, table in CLASS.findall(text) if table == module]
    if not found:
        raise click.ClickException(
            f'{module}/model.py has no class with `__tablename__ = "{module}"`, so nobody knows where the field belongs.'
        )
    if re.search(rf"^    {field.name}\b", text, re.MULTILINE):
        raise click.ClickException(f"{module} has {field.name!r} already.")
    owned = re.search(r"^    user_id: Mapped\[int\]", text, re.MULTILINE) is not None
    theirs = check_target(project, field, module, owned=owned) if field.target else False
    return Lines(field, module, snake(found[0]), owned, theirs, default_for(field, backfill))


def planned(project: Project, lines: Lines) -> Changes:
    """Every change; raises `click.ClickException` with all lines to write by hand if a single place is not found."""
    changes = Changes(project.root)
    package, unit, integration = project.folders(lines.module)
    wanted, missing = [*steps(lines, (package, unit, integration))], list[str]()
    for path, parts in groupby(wanted, lambda step: step.file):
        try:
            changes.write(path, _edited(project.root / path, [*parts]))
        except (PlaceNotFoundError, cst.ParserSyntaxError, OSError) as error:
            missing.append(f"{path}: {error or type(error).__name__}")
    if missing:
        raise click.ClickException(_by_hand(lines, wanted, missing))
    _plan_migration(project, lines, changes)
    return changes


def _edited(path: Path, parts: list[Step]) -> str:
    module = cst.parse_module(path.read_text(encoding="utf-8"))
    for step in parts:
        module = step.edit(module)
    return imports(dict.fromkeys(one for step in parts for one in step.imports))(module).code


def _by_hand(lines: Lines, wanted: list[Step], missing: list[str]) -> str:
    """What is in the way, and all that a person has to write."""
    files = [
        "\n".join([path, *(f"    {step.line}    # {step.where}" for step in parts)])
        for path, parts in groupby(wanted, lambda step: step.file)
    ]
    needed = import_lines(one for step in wanted for one in step.imports)
    return "\n".join(
        [
            f"These places were not found, so nothing was changed: {'; '.join(missing)}. Add by hand:",
            *files,
            f"with these imports where they are needed:\n{needed}",
            f'then `flask db migrate -m "{lines.module}: {lines.name}"`, `flask openapi write` and `make format`.',
        ]
    )


def _plan_migration(project: Project, lines: Lines, changes: Changes) -> None:
    files = MigrationFiles(project.root)
    revision = files.next_number()
    manifest, said = f"{project.package}/modules/{lines.module}/{FILE}", project.manifest(lines.module)
    requires = {*said.requires, *([lines.field.target] if lines.field.target else [])} - {lines.module}
    text = _listed(manifest, _text(project.root / manifest), "migrations", [*said.migrations, revision])
    if sorted(said.requires) != sorted(requires):
        text = _listed(manifest, text, "requires", sorted(requires))
    changes.write(manifest, text)
    values = {"module": lines.module, "field": lines, "revision": revision, "after": files.head}
    render = renderer(values | {"imports": import_lines(lines.migration_imports)})
    path = f"migrations/versions/{utcnow():%Y%m%d}_{revision}_{lines.module}_{lines.name}.py"
    changes.write(path, render("add_field.py.jinja"))


def _listed(path: str, text: str, name: str, values: list[str]) -> str:
    """The text of a manifest with another list in the line of that name."""
    line = f"{name} = [{', '.join(f'"{value}"' for value in values)}]"
    changed, times = re.subn(rf"^{name} = \[.*\]$", line, text, flags=re.MULTILINE)
    if times != 1:
        raise click.ClickException(
            f"{path} has no line `{name} = [...]`; write `{line}` into it, without this revision, first."
        )
    return changed


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
