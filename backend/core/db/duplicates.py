"""Reads from a database's error which unique value exists already."""

import re

from sqlalchemy import Table, UniqueConstraint

OWNERS = ("user_id",)  # part of a unique key, and not what its user has chosen


def duplicated(table: Table, error: str) -> list[str]:
    """The columns of the table's unique key that the error's text names, without the owner's; none where it names no key.

    MySQL, MariaDB and PostgreSQL name the key, SQLite its columns as `table.column, table.column`.
    """
    for name, columns in unique_keys(table).items():
        listed = ", ".join(f"{table.name}.{column}" for column in columns)
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", error) or error.endswith(f": {listed}"):
            return [column for column in columns if column not in OWNERS]
    return []


def unique_keys(table: Table) -> dict[str, list[str]]:
    """The columns of each unique key but the primary key, by its name."""
    keys = {str(one.name): one.columns for one in table.constraints if isinstance(one, UniqueConstraint)}
    indexes = {str(index.name): index.columns for index in table.indexes if index.unique}
    return {name: [*columns.keys()] for name, columns in (keys | indexes).items()}
