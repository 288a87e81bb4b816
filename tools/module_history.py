"""The migrations of a module that is taken out: they go with it, or they stay and one more drops its tables."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import click
from alembic.operations import ops
from alembic.script import Script
from sqlalchemy import MetaData, Table

from backend.core.clock import utcnow
from tools import applied_migrations, dropping_tables
from tools.changes import Changes
from tools.manifest import Manifest
from tools.migration_files import MigrationFiles
from tools.project import Project
from tools.recorded_migrations import UnreadableMigrationError, steps, table_of

WORD = re.compile(r"\w+")
TABLE = re.compile(r'^    __tablename__ = "(\w+)"', re.MULTILINE)
REFERENCE = re.compile(r'ForeignKey(?:Constraint)?\([^)]*?"(\w+)\.\w+"')


class UnreadOp(ops.ExecuteSQLOp):
    """The text of a migration that cannot be read without a database."""


@dataclass(frozen=True)
class History:
    """The tables of a module, the migrations that are about them alone, and those that are about others' as well."""

    tables: set[str]
    alone: list[str]
    shared: list[str]


def plan(project: Project, module: str, manifest: Manifest, changes: Changes, *, keep: bool) -> list[str]:
    """Add to `changes` what happens to the migrations; gives what its user has to know. Raises `click.ClickException`."""
    files = MigrationFiles(project.root)
    history = of(project, files, module, manifest)
    _refuse_if_referred_to(project, module, history.tables)
    reason = "so that every database finds its way" if keep else _why_they_stay(files, history)
    if not history.alone and not history.shared:
        return []
    if not reason:
        _take_out(files, history, changes)
        return []
    return _drop(files, module, history, changes, reason)


def of(project: Project, files: MigrationFiles, module: str, manifest: Manifest) -> History:
    """What the migrations have to do with the module."""
    asked = {script.revision: _asked(script) for script in files.in_order()}
    tables = _tables(project, module) | _made(asked, manifest.migrations)
    tables -= {name for other in project.module_names() if other != module for name in _tables(project, other)}
    named = {revision for revision, found in asked.items() if any(_names(step, tables) for step in found)}
    ours = [revision for revision in asked if revision in named or revision in manifest.migrations]
    others = _made(asked, asked) - tables
    alone = [revision for revision in ours if not any(_may_be_about(step, others) for step in asked[revision])]
    return History(tables, alone, [revision for revision in ours if revision not in alone])


def _asked(script: Script) -> list[ops.MigrateOperation]:
    """What the migration asks for; its whole text as SQL if it cannot be read without a database."""
    try:
        return steps(script)
    except UnreadableMigrationError:
        return [UnreadOp(Path(script.path).read_text(encoding="utf-8"))]


def _made(asked: dict[str, list[ops.MigrateOperation]], revisions: Iterable[str]) -> set[str]:
    """The tables that these migrations make."""
    found = [step for revision in revisions for step in asked.get(revision, [])]
    return {step.table_name for step in found if isinstance(step, ops.CreateTableOp)}


def _may_be_about(step: ops.MigrateOperation, others: set[str]) -> bool:
    """Whether the operation may change one of these tables; a migration that cannot be read may change any."""
    refers = {table_of(step)} <= others or (isinstance(step, ops.ExecuteSQLOp) and _names(step, others))
    return refers or isinstance(step, UnreadOp)


def _names(step: ops.MigrateOperation, tables: set[str]) -> bool:
    """Whether the operation is about one of the tables, refers to one, or is SQL in which its name stands."""
    if isinstance(step, ops.ExecuteSQLOp):
        return bool(tables & set(WORD.findall(str(step.sqltext))))
    return bool({table_of(step), *_targets(step)} & tables)


def _targets(step: ops.MigrateOperation) -> set[str]:
    """The tables to which the operation makes a foreign key."""
    if isinstance(step, ops.CreateForeignKeyOp):
        return {step.referent_table}
    columns = step.columns if isinstance(step, ops.CreateTableOp) else [getattr(step, "column", None)]
    keys = [key for part in columns for key in getattr(part, "foreign_keys", []) or getattr(part, "elements", [])]
    return {key.target_fullname.split(".")[-2] for key in keys}


def _tables(project: Project, module: str) -> set[str]:
    """The tables of the module's models, read from its text, so that a module that cannot be imported can be removed, too."""
    return {name for text in _texts(project, module) for name in TABLE.findall(text)}


def _texts(project: Project, module: str) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in sorted((project.modules / module).rglob("*.py"))]


def _refuse_if_referred_to(project: Project, module: str, tables: set[str]) -> None:
    """Raise if a model of another module has a foreign key to one of these tables."""
    for other in project.module_names():
        found = {name for text in _texts(project, other) for name in REFERENCE.findall(text)} & tables
        if other != module and found:
            raise click.ClickException(
                f"{other} has a foreign key to {', '.join(sorted(found))}, a table of {module}. Take that column out of "
                f'{other}/model.py, write its migration (`flask db migrate -m "{other} without {module}"`), then remove {module}.'
            )


def _why_they_stay(files: MigrationFiles, history: History) -> str:
    """The reason why migrations have to stay; empty where they can go."""
    ours, heads = {*history.alone, *history.shared}, applied_migrations.current_heads()
    if history.shared:
        return f"because {', '.join(map(files.path, history.shared))} is about other tables as well"
    if heads is None or not {*heads} <= {script.revision for script in files.in_order()}:
        return "because the database could not be asked whether it has them"
    applied = {revision for head in heads for revision in files.applied_with(head)} & ours
    return f"because the current database has {', '.join(sorted(applied))}" if applied else ""


def _take_out(files: MigrationFiles, history: History, changes: Changes) -> None:
    for revision in history.alone:
        changes.delete(files.path(revision))
    for path, text in files.without(history.alone).items():
        changes.write(path, text)


def _drop(files: MigrationFiles, module: str, history: History, changes: Changes, reason: str) -> list[str]:
    schema = dropping_tables.schema(files.in_order())
    gone = [table for table in schema.sorted_tables if table.name in history.tables]
    _refuse_if_a_table_refers_to(schema, module, gone)
    kept = f"\nThe migrations of {module} stay, {reason}."
    if not gone:
        return [f"{kept} They leave no table of it."]
    path = f"migrations/versions/{utcnow():%Y%m%d}_{files.next_number()}_drop_{module}.py"
    changes.write(path, dropping_tables.migration(files, module, gone))
    names = ", ".join(table.name for table in gone)
    return [f"{kept} {path} drops {names} with all rows: read it, then run `flask db upgrade`."]


def _refuse_if_a_table_refers_to(schema: MetaData, module: str, gone: list[Table]) -> None:
    """Raise if a table that stays has a foreign key to one that goes: no database would drop it."""
    for table in schema.sorted_tables:
        found = sorted({key.column.table.name for key in table.foreign_keys if key.column.table in gone})
        if table not in gone and found:
            raise click.ClickException(
                f"After all migrations the table {table.name} has a foreign key to {', '.join(found)}, a table of {module}. "
                f"Write a migration that drops it (`flask db migrate`), then remove {module}."
            )
