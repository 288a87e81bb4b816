"""Deletes old rows of a table in small steps, so that no statement runs into a timeout and what is done stays done."""

from functools import partial
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
    while window := run_unit(partial(_window, model, after, rows), commit=False, replay=True):
        first, after = window
        step = partial(_delete, model, model.id.between(first, after), *conditions)
        deleted += run_unit(step, commit=True, replay=True)
    return deleted


def _window(model: type[Any], after: int, rows: int) -> tuple[int, int] | None:
    """The first and last id of the next rows."""
    ids = db.session.scalars(select(model.id).where(model.id > after).order_by(model.id).limit(rows)).all()
    return (ids[0], ids[-1]) if ids else None


def _delete(model: type[Any], *conditions: ColumnElement[bool]) -> int:
    statement = delete(model).where(*conditions).execution_options(synchronize_session=False)
    return affected(db.session.execute(statement))
