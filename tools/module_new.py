"""`flask module new invoices`: a module that works at once, from the templates beside this file."""

from collections.abc import Iterable

import click
from flask import current_app

from backend.core.clock import utcnow
from backend.core.db import Base, db
from tools import fields, names
from tools.changes import Changes
from tools.migration_files import MigrationFiles
from tools.module_values import Shape, values_for
from tools.project import DOCUMENT, Project
from tools.references import check_target
from tools.templating import TEMPLATES, renderer

PARTS = ("package", "unit", "integration")  # the folders of templates, in the order of `Project.folders`
WITH_SOFT_DELETE = ("cli.py",)


def create(
    project: Project, module: str, singular: str | None, wanted: str, *, owned: bool = True, soft_delete: bool = False
) -> list[str]:
    """Write the module and everything that goes with it, or nothing; gives what was done, a line a file."""
    check(project, module, commands_in_use() if soft_delete else set())
    name = singular or names.singular(module)
    check_singular(module, name)
    shape = Shape(module, name, tuple(fields.parse(wanted)), owned=owned, soft_delete=soft_delete)
    fields.check_lengths(module, shape.fields)
    targets = {
        field.target: check_target(project, field, module, owned=owned) for field in shape.fields if field.target
    }
    changes = planned(project, shape, targets)
    lines = changes.lines()
    changes.apply(lambda: finish(project, changes), also=[DOCUMENT])
    return [*lines, f"change  {DOCUMENT}"]


def check(project: Project, module: str, commands: set[str]) -> None:
    """Raise `click.ClickException`, saying what to do, unless a module can have this name."""
    names.check_snake(module, "a module")
    if module in project.module_names():
        raise click.ClickException(f"There is a module {module!r} already; see `flask module list`.")
    if (project.root / project.package / "core" / f"{module}.py").exists() or module in ("core", "modules", "tools"):
        raise click.ClickException(f"{module!r} is a part of the core; take another name.")
    if module.replace("_", "-") in commands:
        raise click.ClickException(f"There is a command `flask {module.replace('_', '-')}` already; take another name.")
    names.check_table(module, tables_in_use())
    _check_free(project, project.folders(module))


def check_singular(module: str, name: str) -> None:
    """Raise unless one of the module's records can be called this."""
    names.check_snake(name, "the singular of a module")
    if name == module:
        raise click.ClickException(f"The singular must differ from {module!r}, e.g. --singular {module}_item.")
    names.check_class(name, classes_in_use())


def tables_in_use() -> set[str]:
    return set(db.metadata.tables)


def classes_in_use() -> set[str]:
    return {mapper.class_.__name__ for mapper in Base.registry.mappers}


def commands_in_use() -> set[str]:
    """The words that can stand behind `flask`."""
    return {"db", "routes", "run", "shell", *current_app.cli.list_commands(click.get_current_context())}


def _check_free(project: Project, folders: Iterable[str]) -> None:
    taken = [folder for folder in folders if (project.root / folder).exists()]
    if taken:
        raise click.ClickException(f"{', '.join(taken)} exists already; move it away or take another name.")


def planned(project: Project, shape: Shape, targets: dict[str, bool]) -> Changes:
    """Every file of the new module. `targets`: the modules that it refers to, and whether their records are their users' own."""
    files, changes = MigrationFiles(project.root), Changes(project.root)
    revision = files.next_number()
    render = renderer(values_for(shape, targets) | {"revision": revision, "after": files.head})
    for part, folder in zip(PARTS, project.folders(shape.module), strict=True):
        for template in sorted((TEMPLATES / "module" / part).iterdir()):
            file = template.name.removesuffix(".jinja")
            if file not in WITH_SOFT_DELETE or shape.soft_delete:
                file = file.replace("test_", f"test_{shape.singular}_")
                changes.write(f"{folder}/{file}", render(f"module/{part}/{template.name}"))
    changes.write(
        f"migrations/versions/{utcnow():%Y%m%d}_{revision}_{shape.module}.py", render("module/migration.py.jinja")
    )
    changes.write(project.registry, project.with_module(shape.module))
    return changes


def finish(project: Project, changes: Changes) -> None:
    """Format the new files, and let the application write its OpenAPI document: if it is broken, that raises here."""
    if not project.tidy([path for path in changes.writes if path != project.registry]):
        click.echo("ruff is not installed here; run `make format` before you commit.", err=True)
    project.flask("openapi", "write")
