"""Column types that models share: the id, and text in which upper and lower case differ."""

from typing import Any

from sqlalchemy import BigInteger, Integer, String

ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only in an INTEGER primary key
EXACT = "utf8mb4_bin"  # MySQL's default collation takes 'X' and 'x' for the same


def exact(length: int) -> Any:
    """A column type for openids, hashes, codes: compared byte by byte, but for spaces at the end, which MySQL ignores."""
    return String(length).with_variant(String(length, collation=EXACT), "mysql", "mariadb")
