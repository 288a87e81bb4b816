"""Rows for tests that need one of another module's table, whatever it asks for, and nothing of what it means."""

from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from sqlalchemy import Column, Table

from backend.core.clock import utcnow
from backend.core.db import db
from tests.framework.api import Actor, Api

NUMBERS = count(1)
VALUES = {
    bool: lambda _: False,
    int: lambda _: next(NUMBERS),
    Decimal: lambda _: Decimal(next(NUMBERS)),
    datetime: lambda _: utcnow(),
    date: lambda _: utcnow().date(),
    str: lambda column: f"{next(NUMBERS)} {column.name}"[: getattr(column.type, "length", None)],
}


def stored(api: Api, table: str, actor: Actor, **values: Any) -> int:
    """The id of a new row, which belongs to `actor` if the table's rows belong to users; `values` are those that matter."""
    with api.app.app_context():
        number = _insert(db.metadata.tables[table], {"user_id": actor.id} | values)
        db.session.commit()
    return number


def _insert(table: Table, values: dict[str, Any]) -> int:
    wanted = [column for column in table.columns if column.name in values or _must_be_given(column)]
    row = {column.name: values.get(column.name) or _value(column, values) for column in wanted}
    return int(db.session.execute(table.insert().values(row)).inserted_primary_key[0])


def _must_be_given(column: Column[Any]) -> bool:
    return not (column.primary_key or column.nullable or column.default or column.server_default)


def _value(column: Column[Any], values: dict[str, Any]) -> Any:
    """Any value that the column takes: of a foreign key, the id of a new row."""
    for key in column.foreign_keys:
        return _insert(key.column.table, values)
    kind = getattr(column.type, "impl_instance", column.type)
    return VALUES[kind.python_type](column)
