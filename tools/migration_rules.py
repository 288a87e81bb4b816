"""What is unsafe in a migration of a table that has rows, while the application before it still runs: a table of rules.

The reasons: MySQL 8.4 manual, 17.12.1 (online DDL) and 15.3.3 (statements that commit); PostgreSQL manual, CREATE INDEX and
ALTER TABLE (locks).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from alembic.operations import ops
from sqlalchemy import Column, MetaData, String, Text
from sqlalchemy.dialects import mysql

from tools.migrated_schema import Drafts
from tools.recorded_migrations import table_of

DDL = re.compile(r"\s*(alter|create|drop|rename|truncate)\b", re.IGNORECASE)
MYSQL, POSTGRESQL = "mysql", "postgresql"
BYTES = 4  # of a character in utf8mb4
SHORT = 255  # bytes of a VARCHAR whose length takes one byte; beyond it MySQL copies the table
Columns = dict[str, dict[str, Column[Any]]]


@dataclass(frozen=True)
class Seen:
    """A migration: its operations, the columns of every table before it, the tables after all migrations, the models."""

    steps: list[ops.MigrateOperation]
    before: Columns
    at_the_end: Drafts
    models: MetaData

    def of(self, *kinds: type[Any]) -> Iterator[Any]:
        """The operations of these kinds on tables that were there before."""
        return (step for step in self.steps if isinstance(step, kinds) and table_of(step) in self.before)

    def old(self, table: str, column: str) -> Column[Any] | None:
        """The column before this migration."""
        return self.before.get(table, {}).get(column)

    def all_null(self, table: str, columns: list[str]) -> bool:
        """Whether one of the columns is new here and has no value in any row, so that no two rows are alike."""
        new = [s.column for s in self.of(ops.AddColumnOp) if s.table_name == table and s.column.name in columns]
        return any(column.nullable and column.server_default is None for column in new)


@dataclass(frozen=True)
class Rule:
    """`find` gives what is unsafe, in words; `advice` how it is done safely; `database` is the only one it is about, if any."""

    find: Callable[[Seen], Iterator[str]]
    advice: str
    database: str = ""


def _dropped_in_use(seen: Seen) -> Iterator[str]:
    tables = seen.models.tables
    for step in seen.steps:
        if isinstance(step, ops.DropTableOp) and step.table_name in tables and step.table_name not in seen.at_the_end:
            yield f"drops {step.table_name}, which a model still has"
        if isinstance(step, ops.DropColumnOp) and step.table_name in tables and step.table_name in seen.at_the_end:
            in_model = step.column_name in tables[step.table_name].c
            if in_model and step.column_name not in seen.at_the_end[step.table_name].columns:
                yield f"drops {step.table_name}.{step.column_name}, which its model still has"


def _not_null(seen: Seen) -> Iterator[str]:
    for step in seen.of(ops.AddColumnOp):
        if not step.column.nullable and step.column.server_default is None:
            yield f"adds {step.table_name}.{step.column.name}, NOT NULL without a server default"
    for step in seen.of(ops.AlterColumnOp):
        old = seen.old(step.table_name, step.column_name)
        if step.modify_nullable is False and old is not None and old.nullable:
            yield f"makes {step.table_name}.{step.column_name} NOT NULL"


def _renamed(seen: Seen) -> Iterator[str]:
    for step in seen.of(ops.RenameTableOp):
        yield f"renames {step.table_name}"
    for step in seen.of(ops.AlterColumnOp):
        if step.modify_name and seen.old(step.table_name, step.column_name) is not None:
            yield f"renames {step.table_name}.{step.column_name}"


def _retyped(seen: Seen) -> Iterator[str]:
    for step in seen.of(ops.AlterColumnOp):
        old = seen.old(step.table_name, step.column_name)
        if step.modify_type is not None and old is not None and not _only_longer(old.type, step.modify_type):
            yield f"changes the type of {step.table_name}.{step.column_name} from {old.type!r} to {step.modify_type!r}"


def _only_longer(old: Any, new: Any) -> bool:
    """Whether it is text that may be longer now, compared as before, and whose length takes as many bytes as before."""
    if not (isinstance(old, String) and isinstance(new, String)) or isinstance(old, Text) or isinstance(new, Text):
        return False
    kinds: list[Any] = [kind.dialect_impl(mysql.dialect()) for kind in (old, new)]
    lengths = [old.length or 0, new.length or 0]
    return (
        kinds[0].collation == kinds[1].collation
        and lengths == sorted(lengths)
        and len({length * BYTES <= SHORT for length in lengths}) == 1
    )


def _unique(seen: Seen) -> Iterator[str]:
    for step in seen.of(ops.CreateUniqueConstraintOp, ops.CreateIndexOp):
        columns = [str(column) for column in step.columns]
        if getattr(step, "unique", True) and not seen.all_null(step.table_name, columns):
            yield f"makes {', '.join(columns)} of {step.table_name} unique"


def _foreign_key(seen: Seen) -> Iterator[str]:
    for step in seen.of(ops.CreateForeignKeyOp):
        if not seen.all_null(step.source_table, step.local_cols):
            yield f"gives {', '.join(step.local_cols)} of {step.source_table} a foreign key"


def _blocking_index(seen: Seen) -> Iterator[str]:
    for step in seen.of(ops.CreateIndexOp):
        if not step.kw.get("postgresql_concurrently"):
            yield f"indexes {step.table_name} and blocks its writers meanwhile"


def _mixed(seen: Seen) -> Iterator[str]:
    rows = [step for step in seen.steps if isinstance(step, ops.BulkInsertOp) or (_is_sql(step) and not _is_ddl(step))]
    if rows and len(rows) < len(seen.steps):
        yield "changes tables and rows"


def _sql_for_tables(seen: Seen) -> Iterator[str]:
    for step in seen.steps:
        if _is_ddl(step):
            yield f"changes tables by SQL, which nobody can read here: {str(step.sqltext).strip()[:60]!r}"  # type: ignore[attr-defined]


def _is_sql(step: ops.MigrateOperation) -> bool:
    return isinstance(step, ops.ExecuteSQLOp)


def _is_ddl(step: ops.MigrateOperation) -> bool:
    return isinstance(step, ops.ExecuteSQLOp) and DDL.match(str(step.sqltext)) is not None


RULES = {
    "drop-in-use": Rule(
        _dropped_in_use,
        "Take it out of the model first, deploy that, and drop it in the release after: what still runs reads it.",
    ),
    "not-null": Rule(
        _not_null,
        "Give it a server default; or add it as nullable, fill it in steps, and make it NOT NULL in a later migration.",
    ),
    "rename": Rule(
        _renamed,
        "Add the new one, write to both, copy, then drop the old one: what still runs knows only the old name.",
    ),
    "type-change": Rule(
        _retyped,
        "It copies the table under a lock, or fails on values that do not fit. Add a new column, copy in steps, drop the old one.",
    ),
    "unique": Rule(
        _unique,
        "It fails on the first two rows that are alike. Look for them, and mend them, before; then accept it with that reason.",
    ),
    "foreign-key": Rule(
        _foreign_key,
        "It fails on the first row that refers to nothing. Look for them, and mend them, before; then accept it with that reason.",
    ),
    "blocking-index": Rule(
        _blocking_index,
        "Make it with postgresql_concurrently=True inside `with op.get_context().autocommit_block():`.",
        POSTGRESQL,
    ),
    "mixed": Rule(
        _mixed,
        "Write two migrations: MySQL commits at every change of a table, so one that fails in between cannot be run again.",
        MYSQL,
    ),
    "sql-for-tables": Rule(
        _sql_for_tables, "Use Alembic's operations; where there is none, accept it with the reason why it is safe."
    ),
}
