"""Columns that models share: the id, text that is compared exactly, text that people search, decimal numbers, the version."""

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, Float, Integer, Numeric, String, Text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator

ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only in an INTEGER primary key
EXACT = "utf8mb4_bin"
SEARCHABLE = (
    "utf8mb4_unicode_520_ci"  # the newest that MySQL and MariaDB both have; `general_ci` takes all emoji for one
)
SEARCHABLE_TEXT = Text().with_variant(Text(collation=SEARCHABLE), "mysql", "mariadb")  # as `searchable`, of any length


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


class FixedPoint(TypeDecorator[Decimal]):
    """A decimal number of 15 digits, `places` of them behind the point. SQLite keeps a double, which holds as many exactly."""

    impl = Numeric
    cache_ok = True

    def __init__(self, places: int) -> None:
        super().__init__(15, places)
        self.places = places

    def __repr__(self) -> str:
        return f"FixedPoint({self.places})"

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Float(asdecimal=False) if dialect.name == "sqlite" else Numeric(15, self.places))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return float(value) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(f"{value:.{self.places}f}")


class Versioned:
    """Beside `Base`, for records that several people edit: a row counts its changes, and one that was made to an older row is refused.

    Answer the version with the record, take it back in the body of a change, and hand it to the repository's `update`.
    """

    version: Mapped[int] = mapped_column(default=1, server_default="1", nullable=False)

    @declared_attr.directive
    def __mapper_args__(self) -> dict[str, Any]:
        return {"version_id_col": self.version}
