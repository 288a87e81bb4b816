"""Column types that models share: the id, and case-sensitive text."""

from typing import Any

from sqlalchemy import BigInteger, Integer, String

ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only in an INTEGER primary key
EXACT = "utf8mb4_bin"  # MySQL's default collation takes 'X' and 'x' for the same


def exact(length: int) -> Any:
    """A column type for openids, hashes and codes: compared byte by byte; MySQL ignores trailing spaces."""
    return String(length).with_variant(String(length, collation=EXACT), "mysql", "mariadb")
