"""Keyset pagination: a cursor is the sort and the sorted values of the last record seen, and the next run begins behind them.

https://use-the-index-luke.com/no-offset has the idea. The cursor is no secret and proves nothing: whoever invents one begins somewhere
in a list that the filters narrow as before.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from backend.core.errors import InvalidInputError
from backend.core.texts import _

Keys = Sequence[InstrumentedAttribute[Any]]


def write(record: Any, sort: str, keys: Keys) -> str:
    """The cursor behind `record`."""
    values = [getattr(record, key.key) for key in keys]
    return urlsafe_b64encode(orjson.dumps([sort, *values], default=str)).rstrip(b"=").decode()


def read(cursor: str, sort: str, keys: Keys) -> list[Any]:
    """The values of a cursor, one for each key. Raises `InvalidInputError` for what is none, or is one of another order."""
    try:
        told, *values = orjson.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [_typed(value, key) for value, key in zip(values, keys if told == sort else (), strict=True)]
    except (ValueError, TypeError, binascii.Error, ValidationError) as error:
        said = _("This is no cursor of a list in this order; begin without one.")
        raise InvalidInputError([{"loc": ["query", "cursor"], "msg": said, "type": "value_error"}]) from error


def _typed(value: Any, key: InstrumentedAttribute[Any]) -> Any:
    kind = getattr(key.type, "impl_instance", key.type).python_type  # what a type of ours is made of
    if value is None and key.property.columns[0].nullable:
        return None
    return TypeAdapter(kind).validate_json(orjson.dumps(value), strict=kind in (int, str, bool))


def behind(keys: Keys, values: Sequence[Any], sort: str, dialect: str) -> ColumnElement[bool]:
    """What holds for the records behind these values in the order of `sort`, by the first key and then the last, the id."""
    *first, number = keys
    behind_id = _beyond(number, values[-1], sort)
    if not first:
        return behind_id
    key, value = first[0], values[0]
    equal = and_(key == value, behind_id)
    return or_(equal, *_further(key, value, sort, nulls_last=_nulls_last(sort, dialect)))


def _further(key: InstrumentedAttribute[Any], value: Any, sort: str, *, nulls_last: bool) -> list[ColumnElement[bool]]:
    if value is None:
        return [] if nulls_last else [key.is_not(None)]
    return [_beyond(key, value, sort), *([key.is_(None)] if nulls_last else [])]


def _beyond(key: InstrumentedAttribute[Any], value: Any, sort: str) -> ColumnElement[bool]:
    beyond: ColumnElement[bool] = key < value if sort.startswith("-") else key > value
    return beyond


def _nulls_last(sort: str, dialect: str) -> bool:
    """PostgreSQL takes no value for the largest, MySQL and SQLite for the smallest."""
    return sort.startswith("-") != (dialect == "postgresql")
