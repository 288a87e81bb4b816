"""What every repository asks of its mapped class: statements that are built once, and the columns with a part of their own."""

from collections.abc import Mapping
from functools import cache
from typing import cast

from sqlalchemy import Insert, Select, Table, bindparam, insert, inspect, select

from backend.core.db import Base
from backend.core.db.duplicates import unique_keys


@cache
def changeable(model: type[Base]) -> tuple[str, ...]:
    """All columns but the id and the version."""
    fixed = {*inspect(model).primary_key, inspect(model).version_id_col}
    return tuple(attribute.key for attribute in inspect(model).column_attrs if attribute.columns[0] not in fixed)


@cache
def unique(model: type[Base]) -> frozenset[str]:
    """The columns of all unique keys but the primary key."""
    return frozenset(name for key in unique_keys(cast("Table", model.__table__)).values() for name in key)


def is_versioned(model: type[Base]) -> bool:
    return inspect(model).version_id_col is not None


@cache
def inserter(model: type[Base]) -> Insert:
    return insert(cast("Table", model.__table__))


@cache
def finder[M: Base](model: type[M], **empty: bool) -> Select[M]:
    """The statement of `find_by`, built once for each set of names, so that SQLAlchemy finds its compiled SQL quickly."""
    return _matching(model, empty).limit(1)


@cache
def locker[M: Base](model: type[M], **empty: bool) -> Select[M]:
    """The same for `lock_by`."""
    return _matching(model, empty).with_for_update().execution_options(populate_existing=True)


def _matching[M: Base](model: type[M], empty: Mapping[str, bool]) -> Select[M]:
    columns = {name: getattr(model, name) for name in empty}
    conditions = [column.is_(None) if empty[name] else column == bindparam(name) for name, column in columns.items()]
    return select(model).where(*conditions)
