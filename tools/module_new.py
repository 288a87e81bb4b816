"""`flask module new invoices`: a module that works at once, from the templates beside this file."""

from collections.abc import Iterable

import click

from backend.core.clock import utcnow
from backend.core.db import Base, db
from tools import fields, names
from tools.changes import Changes
from tools.migration_files import MigrationFiles
from tools.project import DOCUMENT, Project
from tools.templating import TEMPLATES, renderer

TYPES = {"str": ("Line", "Text"), "int": ("Whole",), "bool": ("Flag",)}  # of core.schema, by the kind of a field
PARTS = ("package", "unit", "integration")  # the folders of templates, in the order of `Project.folders`


def create(project: Project, module: str, singular: str | None, wanted: str) -> list[str]:
    """Write the module and everything that goes with it, or nothing; gives what was done, a line a file."""
    check(project, module)
    name = singular or names.singular(module)
    check_singular(module, name)
    changes = planned(project, module, name, fields.parse(wanted))
    lines = changes.lines()
    changes.apply(lambda: finish(project, changes), also=[DOCUMENT])
    return [*lines, f"change  {DOCUMENT}"]


def check(project: Project, module: str) -> None:
    """Raise `click.ClickException`, saying what to do, unless a module can have this name."""
    names.check_snake(module, "a module")
    if module in project.module_names():
        raise click.ClickException(f"There is a module {module!r} already; see `flask module list`.")
    if (project.root / project.package / "core" / f"{module}.py").exists() or module in ("core", "modules", "tools"):
        raise click.ClickException(f"{module!r} is a part of the core; take another name.")
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


def _check_free(project: Project, folders: Iterable[str]) -> None:
    taken = [folder for folder in folders if (project.root / folder).exists()]
    if taken:
        raise click.ClickException(f"{', '.join(taken)} exists already; move it away or take another name.")


def planned(project: Project, module: str, name: str, parsed: list[fields.Field]) -> Changes:
    """Every file of the new module."""
    files, changes = MigrationFiles(project.root), Changes(project.root)
    revision = files.next_number()
    render = renderer(values_for(module, name, parsed) | {"revision": revision, "after": files.head})
    for part, folder in zip(PARTS, project.folders(module), strict=True):
        for template in sorted((TEMPLATES / "module" / part).iterdir()):
            file = template.name.removesuffix(".jinja").replace("test_", f"test_{name}_")
            changes.write(f"{folder}/{file}", render(f"module/{part}/{template.name}"))
    changes.write(f"migrations/versions/{utcnow():%Y%m%d}_{revision}_{module}.py", render("module/migration.py.jinja"))
    changes.write(project.registry, project.with_module(module))
    return changes


def values_for(module: str, name: str, parsed: list[fields.Field]) -> dict[str, object]:
    """The variables of the templates for a module."""
    label, labels = name.replace("_", " "), module.replace("_", " ")
    article = "an" if label[0] in "aeio" else "a"
    texts = [field.name for field in parsed if field.kind.searchable]
    return {
        "module": module,
        "name": name,
        "Class": names.class_name(name),
        "label": label,
        "labels": labels,
        "Labels": labels[0].upper() + labels[1:],
        "a": article,
        "A": article.capitalize(),
        "path": module.replace("_", "-"),
        "fields": parsed,
        "length": fields.LENGTH,
        "columns": sorted({"ForeignKey", *(field.kind.imports for field in parsed)} - {""}),
        "sortable": ["id", "created_at", *(field.name for field in parsed if field.kind.sortable)],
        "searchable": texts,
        "types": sorted({name for field in parsed for name in TYPES[field.kind.python]}),
    }


def finish(project: Project, changes: Changes) -> None:
    """Format the new files, and let the application write its OpenAPI document: if it is broken, that raises here."""
    if not project.tidy([path for path in changes.writes if path != project.registry]):
        click.echo("ruff is not installed here; run `make format` before you commit.", err=True)
    project.flask("openapi", "write")
