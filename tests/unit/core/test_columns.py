"""Column types: ids are 64 bits wide, exact text is told apart byte by byte."""

from decimal import Decimal

import pytest
from sqlalchemy import Column, MetaData, Table
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.schema import CreateTable

from backend.core.db import db
from backend.core.db.columns import ID, FixedPoint, exact

TABLE = Table("t", MetaData(), Column("id", ID, primary_key=True), Column("code", exact(64)))


@pytest.mark.parametrize(
    ("dialect", "types"),
    [
        (mysql.dialect(), ["id BIGINT", "code VARCHAR(64) COLLATE utf8mb4_bin"]),
        (sqlite.dialect(), ["id INTEGER", "code VARCHAR(64)"]),
        (postgresql.dialect(), ["id BIGSERIAL", "code VARCHAR(64)"]),
    ],
    ids=["mysql", "sqlite", "postgresql"],
)
def test_each_database_gets_its_own_type(dialect, types):
    text = str(CreateTable(TABLE).compile(dialect=dialect))

    assert [line for line in types if line in text] == types


def test_only_mysql_needs_a_collation():
    assert "COLLATE" not in str(CreateTable(TABLE).compile(dialect=sqlite.dialect()))


@pytest.mark.parametrize(
    ("dialect", "kind"),
    [(mysql.dialect(), "NUMERIC(15, 2)"), (postgresql.dialect(), "NUMERIC(15, 2)"), (sqlite.dialect(), "FLOAT")],
    ids=["mysql", "postgresql", "sqlite"],
)
def test_decimal_numbers(dialect, kind):
    assert FixedPoint(2).compile(dialect=dialect) == kind
    assert repr(FixedPoint(2)) == "FixedPoint(2)"


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("number", ["0.01", "0.10", "-9999999999999.99", "1234567890123.45", "0.00", None])
def test_decimal_numbers_come_back_exactly_and_are_sorted_as_numbers(number):
    kind, value = FixedPoint(2), None if number is None else Decimal(number)

    found = db.session.scalar(db.select(db.literal(value, kind)))

    assert found == value
    assert number is None or str(found) == number
