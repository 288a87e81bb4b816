"""Deletes old rows of a table in small steps, so that no statement runs into a timeout and what is done stays done."""

from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Table, delete, exists, select

from backend.core.db import db
from backend.core.db.repository import affected
from backend.core.db.transactions import run_unit

ROWS = 1000  # that a step looks at


def purge(model: type[Any], *conditions: ColumnElement[bool], rows: int = ROWS) -> int:
    """Delete the rows of `model` that fulfil the conditions; gives their number.

    Walks through the table by its `id`, `rows` at a time, each step a transaction of its own that is run again after a
    deadlock. A purge that was stopped half way goes on where the next one finds something left.
    """
    deleted = after = 0
    while window := run_unit(partial(_window, model, after, rows), commit=False, replay=True):
        first, after = window
        step = partial(_delete, model, model.id.between(first, after), *conditions)
        deleted += run_unit(step, commit=True, replay=True)
    return deleted


def unreferenced(model: type[Any]) -> list[ColumnElement[bool]]:
    """The conditions that no row of any table refers to a row of `model`, which has to stay then."""
    table: Table = model.__table__
    columns = [column for other in table.metadata.tables.values() for column in other.columns]
    keys = [key for column in columns for key in column.foreign_keys if key.column.table is table]
    return [_no_row_with(key.parent, table) for key in keys]


def _no_row_with(column: Any, table: Table) -> ColumnElement[bool]:
    if column.table is not table:
        return ~exists().where(column == table.c.id)
    found = (
        select(column).where(column.is_not(None)).subquery()
    )  # MySQL reads no table that it deletes from, but a result
    kept: ColumnElement[bool] = table.c.id.not_in(select(found.c[column.name]))
    return kept


def _window(model: type[Any], after: int, rows: int) -> tuple[int, int] | None:
    """The first and last id of the next rows."""
    ids = db.session.scalars(select(model.id).where(model.id > after).order_by(model.id).limit(rows)).all()
    return (ids[0], ids[-1]) if ids else None


def _delete(model: type[Any], *conditions: ColumnElement[bool]) -> int:
    statement = delete(model).where(*conditions).execution_options(synchronize_session=False)
    return affected(db.session.execute(statement))
