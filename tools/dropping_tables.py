"""The migration that drops the tables of a module, and on the way down makes them as the migrations before had left them."""

from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
from alembic.autogenerate import render_python_code
from alembic.operations import ops
from alembic.runtime.migration import MigrationContext
from alembic.script import Script
from sqlalchemy import MetaData, Table

from backend.core.db.migrations import render_item
from tools import migrated_schema
from tools.migration_files import MigrationFiles
from tools.recorded_migrations import UnreadableMigrationError, steps
from tools.templating import renderer

TEMPLATE = "drop_migration.py.jinja"


def schema(scripts: Iterable[Script]) -> MetaData:
    """The tables after these migrations; raises `click.ClickException` that names the one that cannot be read."""
    drafts: migrated_schema.Drafts = {}
    for script in scripts:
        try:
            for step in steps(script):
                migrated_schema.apply(step, drafts)
        except (UnreadableMigrationError, migrated_schema.UnknownOperationError) as error:
            raise click.ClickException(
                f"{Path(script.path).name} cannot be read without a database ({error}), so nobody knows here what the tables are. Write "
                "the migration that drops them by hand, and take its part out of the module's model first."
            ) from None
    return migrated_schema.tables(drafts)


def migration(files: MigrationFiles, module: str, tables: Iterable[Table]) -> str:
    """The text of the migration after the last one that drops these tables, those first that refer to others."""
    kept = [*tables]
    making, imports = _code([step for table in kept for step in _making(table)])
    values = {"revision": files.next_number(), "after": files.head, "module": module, "making": making}
    return renderer(values | {"imports": imports, "tables": [table.name for table in reversed(kept)]})(TEMPLATE)


def _making(table: Table) -> list[ops.MigrateOperation]:
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    return [ops.CreateTableOp.from_table(table), *(ops.CreateIndexOp.from_index(index) for index in indexes)]


def _code(made: list[ops.MigrateOperation]) -> tuple[str, list[str]]:
    """The operations in Python, and the lines that import what they name."""
    wanted = SimpleNamespace(imports=set[str]())

    def render(kind: str, item: Any, _: Any) -> Any:
        return render_item(kind, item, wanted)

    code = render_python_code(
        ops.UpgradeOps(made), render_item=render, migration_context=MigrationContext.configure(dialect_name="mysql")
    )
    lines = [line for line in code.splitlines() if not line.strip().startswith("# ###")]
    return "\n".join(lines).strip(), sorted(wanted.imports)
