"""Dates, moments and decimal numbers in JSON: one notation is taken, and the value is exactly what was written."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated

import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from backend.core.web.exact_values import EARLIEST, Day, fixed_point
from backend.core.web.schema import Id, LongText, Moment
from tests.framework.tables import table, words

Price = Annotated[Decimal, fixed_point(2)]
Count = Annotated[Decimal, fixed_point(0)]
LONG = "9" * 13

TAKEN = [
    (Day, "2026-02-28", date(2026, 2, 28)),
    (Day, "0001-01-01", date.min),
    (Moment, "2026-01-02T03:04:05Z", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)),
    (Moment, "2026-01-02t03:04:05.5+08:00", datetime(2026, 1, 1, 19, 4, 5, 500_000, tzinfo=UTC)),
    (Price, "12.3", Decimal("12.30")),
    (Price, f"-{LONG}.99", Decimal(f"-{LONG}.99")),
    (Count, "12", Decimal(12)),
    (LongText, "one\n\tline\r\n", "one\n\tline\r\n"),
    (Id, 10**18 - 1, 10**18 - 1),
    (Id, 5.0, 5),
]
REFUSED = [
    *(
        (Day, value)
        for value in (0, 1.5, True, "2026-02-30", "2026-1-2", "2026-01-02T00:00:00Z", "٢٠٢٦-01-02", "7", "")
    ),
    *(
        (Moment, value)
        for value in (0, "2026-01-02", "2026-01-02T03:04:05", "1767322800", "2026-01-02T03:04:05.%sZ" % ("0" * 30))
    ),
    *((Moment, value) for value in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-01-02T25:00:00Z")),
    *(
        (Price, value)
        for value in (1, 1.5, True, f"1{LONG}", *words("1.234 1e5 01 .5 1. +1 -- NaN Infinity 1,5 ١"), "")
    ),
    *((Count, value) for value in ("1.0", "")),
    *((LongText, value) for value in ("", "\n", "\u200b\n", "a\x00", "a\x0bb", "a\x1fb", "\u202ea", "a" * 10_001)),
    *((Id, value) for value in (0, -1, 10**18, "5", True, 1.5)),
]


@table("kind, sent, value", TAKEN)
def test_value_is_what_was_written(kind, sent, value):
    assert TypeAdapter(kind).validate_json(orjson.dumps(sent)) == value


@table("kind, sent", REFUSED)
def test_anything_else_is_refused(kind, sent):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_json(orjson.dumps(sent))


@table(
    "kind, value, text",
    [(Price, Decimal("12.3"), '"12.30"'), (Price, Decimal(0), '"0.00"'), (Count, Decimal(12), '"12"')],
)
def test_decimal_is_written_with_all_its_places(kind, value, text):
    adapter = TypeAdapter(kind)

    assert adapter.dump_json(adapter.validate_python(value)).decode() == text
    assert adapter.dump_python(value) == value


def test_document_says_what_is_taken():
    schemas = [TypeAdapter(kind).json_schema() for kind in (Day, Moment, Price, Count)]

    assert [schema["type"] for schema in schemas] == ["string"] * 4
    assert [schema.get("format") for schema in schemas[:2]] == ["date", "date-time"]
    assert schemas[2]["pattern"] == r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$"
    assert schemas[3]["pattern"] == r"^-?(0|[1-9][0-9]{0,14})$"


def test_earliest_moment_has_a_zone():
    assert EARLIEST.tzinfo is UTC
