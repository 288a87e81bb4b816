"""`flask db`: migrations by Flask-Migrate, from migrations/."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from alembic.operations import ops
from flask import Flask
from flask_migrate import Migrate

from backend.core.db import UtcDateTime, db
from backend.core.db.columns import FixedPoint
from backend.core.settings import ROOT

FOLDER = ROOT / "migrations"
OWN_TYPES = (UtcDateTime, FixedPoint)  # column types that a migration imports


def init_app(app: Flask) -> None:
    Migrate(app, db, directory=str(FOLDER), process_revision_directives=drop_tables_whole)


def drop_tables_whole(_context: Any, _revision: Any, scripts: Iterable[ops.MigrationScript]) -> None:
    """Remove every other operation on a table from a generated migration that drops it.

    Alembic drops a table's indexes first, and MySQL refuses those that a foreign key needs (error 1553).
    """
    for script in scripts:
        for half in (*script.upgrade_ops_list, *script.downgrade_ops_list):
            half.ops = _without_parts_of_dropped_tables(half.ops)


def _without_parts_of_dropped_tables(steps: Sequence[ops.MigrateOperation]) -> list[ops.MigrateOperation]:
    dropped = {_table(step) for step in steps if isinstance(step, ops.DropTableOp)}
    return [step for step in steps if not (isinstance(step, ops.ModifyTableOps) and _table(step) in dropped)]


def _table(step: ops.DropTableOp | ops.ModifyTableOps) -> tuple[str | None, str]:
    return step.schema, step.table_name


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """How a generated migration writes a column type of ours, `UtcDateTime()` for example; it imports it, too."""
    if kind != "type" or not isinstance(item, OWN_TYPES):
        return False
    autogen_context.imports.add(f"from {type(item).__module__} import {type(item).__name__}")
    return repr(item)
