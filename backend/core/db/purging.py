"""Deletes old rows of a table in small steps, so that no statement runs into a timeout and what is done stays done."""

from typing import Any

from sqlalchemy import ColumnElement, delete, select

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
    while window := run_unit(lambda start=after: _window(model, start, rows), commit=False, replay=True):  # type: ignore[misc]
        first, after = window
        within = (model.id >= first, model.id <= after, *conditions)
        deleted += run_unit(lambda where=within: _delete(model, *where), commit=True, replay=True)  # type: ignore[misc]
    return deleted


def _window(model: type[Any], after: int, rows: int) -> tuple[int, int] | None:
    """The first and last id of the next rows."""
    ids = db.session.scalars(select(model.id).where(model.id > after).order_by(model.id).limit(rows)).all()
    return (ids[0], ids[-1]) if ids else None


def _delete(model: type[Any], *conditions: ColumnElement[bool]) -> int:
    statement = delete(model).where(*conditions).execution_options(synchronize_session=False)
    return affected(db.session.execute(statement))
