"""Pages: what a list route takes (`page`, `per_page`) and gives (`items`, `page`, `per_page`, `pages`, `total`).

Long lists are read on behind a cursor instead: `limit`, `cursor`; `items`, `next_cursor`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from backend.core.numbers import Numeral

MAX_PER_PAGE = 100
MAX_PAGE = 10_000


class PageQuery(BaseModel):
    """The query string of a list; subclass it to add `sort`, filters and `q`."""

    model_config = ConfigDict(extra="forbid")

    page: Numeral = Field(1, ge=1, le=MAX_PAGE, description="Number of the page, starting at 1.")
    per_page: Numeral = Field(20, ge=1, le=MAX_PER_PAGE, description="Items per page.")


class Page[T](BaseModel):
    """One page of a list."""

    model_config = ConfigDict(from_attributes=True)

    items: list[T]
    page: int = Field(examples=[1])
    per_page: int = Field(examples=[20])
    pages: int = Field(examples=[1])
    total: int = Field(examples=[1])


class CursorQuery(BaseModel):
    """The query string of a list that is read on behind a cursor."""

    model_config = ConfigDict(extra="forbid")

    limit: Numeral = Field(20, ge=1, le=MAX_PER_PAGE, description="Items at most.")
    cursor: str | None = Field(
        None, max_length=1000, description="`next_cursor` of the answer before; left out, it begins."
    )


class CursorPage[T](BaseModel):
    """The next items of a list, and where it goes on."""

    model_config = ConfigDict(from_attributes=True)

    items: list[T]
    next_cursor: str | None = Field(
        description="Send it as `cursor` for the next items; null at the end.", examples=[None]
    )


@dataclass(frozen=True, slots=True)
class Slice[M]:
    """A page of records, as a repository gives it; a controller turns it into a `Page` of schemas."""

    items: Sequence[M]
    page: int
    per_page: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; none when there is nothing."""
        return -(-self.total // self.per_page)


@dataclass(frozen=True, slots=True)
class CursorSlice[M]:
    """Records as `list_after` of a repository gives them; a controller turns it into a `CursorPage` of schemas."""

    items: Sequence[M]
    next_cursor: str | None
