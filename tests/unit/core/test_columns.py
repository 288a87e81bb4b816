"""Column types: ids are 64 bits wide, exact text is told apart byte by byte."""

import pytest
from sqlalchemy import Column, MetaData, Table
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.schema import CreateTable

from backend.core.db.columns import ID, exact

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
