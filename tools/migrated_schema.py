"""The tables as a series of migrations leaves them, without a database: each operation is applied to a table of its own."""

from collections.abc import Callable
from copy import copy
from typing import Any

from alembic.operations import ops
from sqlalchemy import (
    CheckConstraint,
    Column,
    Constraint,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from backend.core.db import NAMING
from tools.recorded_migrations import table_of

Named = dict[str, Any]


class UnknownOperationError(Exception):
    """An operation on a table that these migrations did not make, or one that is not known here."""


class Draft:
    """A table while migrations change it: its columns, its constraints, and its indexes, by name."""

    def __init__(self, options: Named) -> None:
        self.columns: dict[str, Column[Any]] = {}
        self.constraints: list[Constraint] = []
        self.indexes: dict[str, ops.CreateIndexOp] = {}
        self.options = options

    def add(self, column: Column[Any]) -> None:
        self.columns[column.name] = column

    def without(self, column: str) -> None:
        """The column goes, and with it each constraint and index that it is part of."""
        del self.columns[column]
        self.constraints = [one for one in self.constraints if column not in _columns_of(one)]
        self.indexes = {name: one for name, one in self.indexes.items() if column not in map(str, one.columns)}

    def rename_column(self, old: str, new: str) -> None:
        self.columns = {new if name == old else name: column for name, column in self.columns.items()}
        self.columns[new].name = self.columns[new].key = new
        for index in self.indexes.values():
            index.columns = [new if str(column) == old else column for column in index.columns]
        if any(old in _columns_of(one) for one in self.constraints):
            raise UnknownOperationError(f"the column {old} is renamed, and a constraint names it")

    def table(self, name: str, metadata: MetaData) -> Table:
        """The table in `metadata`, whose naming convention names what has no name. It takes the columns: make it once."""
        made = Table(name, metadata, *self.columns.values(), *self.constraints, **self.options)
        for index in self.indexes.values():
            parts = [made.c[part] if isinstance(part, str) else part for part in index.columns]
            Index(index.index_name, *parts, unique=index.unique, **index.kw)
        return made


Drafts = dict[str, Draft]


def tables(drafts: Drafts) -> MetaData:
    """The tables as they are now."""
    metadata = MetaData(naming_convention=NAMING)
    for name, draft in drafts.items():
        draft.table(name, metadata)
    return metadata


def apply(step: ops.MigrateOperation, drafts: Drafts) -> None:
    """Do to the drafts what the operation does to the tables; SQL and rows change none. Raises `UnknownOperationError`."""
    if isinstance(step, ops.ExecuteSQLOp | ops.BulkInsertOp):
        return
    change = CHANGES.get(type(step))
    table = table_of(step)
    if change is None or (table not in drafts and not isinstance(step, ops.CreateTableOp)):
        raise UnknownOperationError(f"{type(step).__name__} on {table}")
    change(step, drafts)


def _create(step: ops.CreateTableOp, drafts: Drafts) -> None:
    draft = drafts[step.table_name] = Draft(step.kw)
    for part in step.columns:
        if isinstance(part, Column):
            draft.add(part)
        elif isinstance(part, Constraint):
            draft.constraints.append(part)


def _drop(step: ops.DropTableOp, drafts: Drafts) -> None:
    del drafts[step.table_name]


def _rename(step: ops.RenameTableOp, drafts: Drafts) -> None:
    drafts[step.new_table_name] = drafts.pop(step.table_name)


def _alter_column(step: ops.AlterColumnOp, drafts: Drafts) -> None:
    draft = drafts[step.table_name]
    old = draft.columns[step.column_name]
    changed = Column(
        old.name,
        step.modify_type if step.modify_type is not None else old.type,
        *[key._copy() for key in old.foreign_keys],  # noqa: SLF001
        primary_key=old.primary_key,
        unique=old.unique,
        index=old.index,
        nullable=old.nullable if step.modify_nullable is None else step.modify_nullable,
        server_default=old.server_default if step.modify_server_default is False else step.modify_server_default,
        comment=old.comment if step.modify_comment is False else step.modify_comment,
    )
    draft.columns[step.column_name] = changed
    if step.modify_name:
        draft.rename_column(step.column_name, step.modify_name)


def _drop_constraint(step: ops.DropConstraintOp, drafts: Drafts) -> None:
    draft = drafts[step.table_name]
    kept = [one for one in draft.constraints if str(one.name) != str(step.constraint_name)]
    if len(kept) == len(draft.constraints):
        raise UnknownOperationError(f"there is no constraint {step.constraint_name} on {step.table_name}")
    draft.constraints = kept


def _drop_index(step: ops.DropIndexOp, drafts: Drafts) -> None:
    drafts[str(step.table_name)].indexes.pop(str(step.index_name), None)


def _add(build: Callable[[Any], Constraint]) -> Callable[[Any, Drafts], None]:
    def change(step: Any, drafts: Drafts) -> None:
        drafts[str(table_of(step))].constraints.append(build(step))

    return change


def _foreign_key(step: ops.CreateForeignKeyOp) -> ForeignKeyConstraint:
    targets = [f"{step.referent_table}.{column}" for column in step.remote_cols]
    known = {name: step.kw[name] for name in ("onupdate", "ondelete", "deferrable", "initially") if step.kw.get(name)}
    return ForeignKeyConstraint(step.local_cols, targets, name=step.constraint_name, **known)


CHANGES: dict[type[ops.MigrateOperation], Callable[[Any, Drafts], None]] = {
    ops.CreateTableOp: _create,
    ops.DropTableOp: _drop,
    ops.RenameTableOp: _rename,
    ops.AddColumnOp: lambda step, drafts: drafts[step.table_name].add(step.column),
    ops.DropColumnOp: lambda step, drafts: drafts[step.table_name].without(step.column_name),
    ops.AlterColumnOp: _alter_column,
    ops.CreateIndexOp: lambda step, drafts: drafts[step.table_name].indexes.update({str(step.index_name): copy(step)}),
    ops.DropIndexOp: _drop_index,
    ops.DropConstraintOp: _drop_constraint,
    ops.CreateForeignKeyOp: _add(_foreign_key),
    ops.CreateUniqueConstraintOp: _add(lambda s: UniqueConstraint(*s.columns, name=s.constraint_name)),
    ops.CreateCheckConstraintOp: _add(lambda s: CheckConstraint(s.condition, name=s.constraint_name)),
    ops.CreatePrimaryKeyOp: _add(lambda s: PrimaryKeyConstraint(*s.columns, name=s.constraint_name)),
    ops.CreateTableCommentOp: lambda step, drafts: drafts[step.table_name].options.update(comment=step.comment),
    ops.DropTableCommentOp: lambda step, drafts: drafts[step.table_name].options.pop("comment", None),
}


def _columns_of(constraint: Constraint) -> list[str]:
    """The names of its columns, also before it is part of a table."""
    keys = getattr(constraint, "column_keys", None) or getattr(constraint, "_pending_colargs", [])
    return [getattr(key, "name", key) for key in keys]
