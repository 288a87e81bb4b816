"""Dates and decimal numbers as JSON carries them: text in one notation, and nothing else; moments are in `schema.py`.

A number in JSON is a double to most of its readers, so a decimal number is text: "12.30".
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, GetPydanticSchema, PlainSerializer, WithJsonSchema

DIGITS = 15  # of a decimal number, in all; a double keeps as many, so SQLite does, too
EARLIEST = datetime.min.replace(tzinfo=UTC)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _read[T](form: re.Pattern[str], read: Callable[[str], T], advice: str) -> Callable[[Any], T]:
    """What turns text of this form into a value; anything else is a `ValueError` with the advice."""

    def validate(value: Any) -> T:
        if not isinstance(value, str) or not form.fullmatch(value):
            raise ValueError(advice)
        try:
            return read(value)
        except (ValueError, OverflowError):
            raise ValueError(advice) from None

    return validate


Day = Annotated[
    date,
    BeforeValidator(_read(DAY, date.fromisoformat, "a date is text such as 2026-01-02")),
    WithJsonSchema({"type": "string", "format": "date", "minLength": 10, "maxLength": 10}),
]


def fixed_point(places: int) -> GetPydanticSchema:
    """Says of a `Decimal` how many places it has: with two, "12.3" is read and "12.30" written."""
    fraction = rf"(\.[0-9]{{1,{places}}})?" if places else ""
    pattern = rf"^-?(0|[1-9][0-9]{{0,{DIGITS - places - 1}}}){fraction}$"
    read = _read(re.compile(pattern[1:-1]), Decimal, f"a number is text such as {Decimal(12).scaleb(-places)}")

    kind = Annotated[
        Decimal,
        BeforeValidator(lambda value: value if isinstance(value, Decimal) else read(value)),
        PlainSerializer(lambda value: f"{value:.{places}f}", return_type=str, when_used="json"),
        WithJsonSchema({"type": "string", "pattern": pattern, "maxLength": DIGITS + 2}),
    ]
    return GetPydanticSchema(lambda _, handler: handler(kind))
