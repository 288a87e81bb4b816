"""Column types that models share: the id, text that is compared exactly, and text that people search."""

from typing import Any

from sqlalchemy import BigInteger, Integer, String

ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only in an INTEGER primary key
EXACT = "utf8mb4_bin"
SEARCHABLE = (
    "utf8mb4_unicode_520_ci"  # the newest that MySQL and MariaDB both have; `general_ci` takes all emoji for one
)


def exact(length: int) -> Any:
    """A column type for openids, hashes and codes: compared byte by byte; MySQL ignores trailing spaces."""
    return _collated(length, EXACT)


def searchable(length: int) -> Any:
    """A column type for names that people look for: case and accents make no difference, emoji and Han characters do.

    So e finds é. SQLite and PostgreSQL keep their own rules: there only A to Z count as a to z, or case counts.
    """
    return _collated(length, SEARCHABLE)


def _collated(length: int, collation: str) -> Any:
    return String(length).with_variant(String(length, collation=collation), "mysql", "mariadb")
