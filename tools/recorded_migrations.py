"""What each migration asks of the schema, read by running it against a recorder instead of a database."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType, SimpleNamespace
from typing import Any, cast

from alembic import context, op
from alembic.operations import BatchOperations, Operations
from alembic.operations.ops import CreateTableOp, ExecuteSQLOp, MigrateOperation
from alembic.runtime.migration import MigrationContext
from alembic.script import Script
from sqlalchemy import Column, TableClause, column, table

LOG = logging.getLogger("alembic.runtime.migration")


class UnreadableMigrationError(Exception):
    """A migration that fails where there is no database to answer it."""


class Recorder(Operations):
    """Alembic's `op`: notes each operation in `steps` and does none of it."""

    def __init__(self, context: MigrationContext) -> None:
        super().__init__(context)
        self.steps: list[MigrateOperation] = []

    def invoke(self, operation: MigrateOperation) -> Any:
        self.steps.append(operation)
        return _plain(operation) if isinstance(operation, CreateTableOp) else None

    @contextmanager
    def batch_alter_table(  # type: ignore[override]  # its other arguments say how, not what
        self, table_name: str, schema: str | None = None, **_: Any
    ) -> Iterator[BatchOperations]:
        yield BatchRecorder(self, table_name, schema)

    def get_bind(self) -> Any:
        return SimpleNamespace(dialect=self.migration_context.dialect, execute=self._execute, scalar=self._execute)

    def _execute(self, statement: Any, *_: Any, **__: Any) -> Any:
        """The rows of a statement: none."""
        self.steps.append(ExecuteSQLOp(statement))
        return _NoRows()


def _plain(made: CreateTableOp) -> TableClause:
    """The new table for rows that the migration puts into it; its columns stay free for a table of ours."""
    columns = [part for part in made.columns if isinstance(part, Column)]
    return table(made.table_name, *(column(str(one.name), one.type) for one in columns))


class BatchRecorder(BatchOperations):
    """What `op.batch_alter_table` gives: notes each operation with its table in the recorder."""

    def __init__(self, recorder: Recorder, table: str, schema: str | None) -> None:
        super().__init__(recorder.migration_context, impl=SimpleNamespace(table_name=table, schema=schema))  # type: ignore[arg-type]
        self._recorder = recorder

    def invoke(self, operation: MigrateOperation) -> Any:
        return self._recorder.invoke(operation)


class _NoRows(tuple[()]):
    """A result without rows, as a migration reads it."""

    __slots__ = ()

    def _nothing(self) -> Any:
        return None

    def _itself(self) -> Any:
        return self

    all = fetchall = scalars = mappings = _itself
    scalar = first = fetchone = scalar_one_or_none = one_or_none = _nothing


def steps(script: Script, dialect: str = "mysql") -> list[MigrateOperation]:
    """What `upgrade()` of a migration asks for on this kind of database, in its order, as Alembic's offline mode would write it.

    Raises `UnreadableMigrationError` for one that needs the answers of a database.
    """
    recorder = Recorder(_context(dialect))
    with _in_the_place_of_op(script.module, recorder):
        try:
            script.module.upgrade()
        except Exception as error:
            raise UnreadableMigrationError(f"{type(error).__name__}: {error}") from error
    return recorder.steps


def _context(dialect: str) -> MigrationContext:
    """A context without a database. Alembic would tell of each, a line a migration."""
    level = LOG.level
    LOG.setLevel(logging.WARNING)
    try:
        options = {"as_sql": True, "output_buffer": io.StringIO()}
        return MigrationContext.configure(dialect_name=dialect, opts=options)
    finally:
        LOG.setLevel(level)


@contextmanager
def _in_the_place_of_op(module: ModuleType, recorder: Recorder) -> Iterator[None]:
    offline = SimpleNamespace(is_offline_mode=lambda: True, get_context=recorder.get_context)
    names = {name: value for name, value in vars(module).items() if value is op or value is context}
    for name, value in names.items():
        setattr(module, name, recorder if value is op else offline)
    try:
        yield
    finally:
        for name, value in names.items():
            setattr(module, name, value)


def table_of(step: MigrateOperation) -> str | None:
    """The table that an operation is about; None for SQL that stands as text."""
    found = cast("Any", step)
    name = getattr(found, "table_name", None) or getattr(found, "source_table", None)
    return name if name is not None else getattr(getattr(found, "table", None), "name", None)
