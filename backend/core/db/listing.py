"""Lists of records: pages, search, filters, order, and reading on behind the last record that was seen."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.core.db import Base, db, keyset
from backend.core.errors import InvalidInputError
from backend.core.pagination import CursorSlice, Slice
from backend.core.texts import _

ESCAPE = "\\"


class Listing[M: Base]:
    """Reads many records of `model`, which has a primary key `id`. Subclasses name what may be sorted, filtered and searched by."""

    model: type[M]
    sortable: ClassVar[tuple[str, ...]] = ("id",)
    filterable: ClassVar[tuple[str, ...]] = ()
    searchable: ClassVar[tuple[str, ...]] = ()

    @property
    def session(self) -> Session:
        return db.session()

    def list(
        self, page: int = 1, per_page: int = 20, sort: str = "id", filters: Mapping[str, Any] | None = None
    ) -> Slice[M]:
        """A page of records. `sort` is a column of `sortable`, with `-` in front for descending order."""
        return self._page(self._filtered(filters or {}), page, per_page, sort)

    def list_after(
        self, cursor: str | None, limit: int = 20, sort: str = "id", filters: Mapping[str, Any] | None = None
    ) -> CursorSlice[M]:
        """The next records behind `cursor`, which the run before gave; None begins. Raises `InvalidInputError` for another list's.

        Costs the same however far behind, and neither skips nor repeats a record when others come or go meanwhile (a record
        whose sorted value changes moves). It counts nothing: use it for long lists, exports and endless scrolling.
        """
        ordered, query = self._order(sort), self._filtered(filters or {})
        if cursor is not None:
            behind = keyset.behind(self._keys(sort), keyset.read(cursor, sort, self._keys(sort)), sort, self._dialect)
            query = query.where(behind)
        found = self.session.scalars(query.order_by(*ordered).limit(limit + 1)).all()
        items = found[:limit]
        return CursorSlice(items, keyset.write(items[-1], sort, self._keys(sort)) if len(found) > limit else None)

    def search(
        self,
        text: str,
        page: int = 1,
        per_page: int = 20,
        sort: str = "id",
        filters: Mapping[str, Any] | None = None,
    ) -> Slice[M]:
        """Like `list`, of those that contain `text` in a column of `searchable`; `%` and `_` mean themselves."""
        conditions = [self._column(name).contains(text, autoescape=True, escape=ESCAPE) for name in self.searchable]
        return self._page(self._filtered(filters or {}).where(or_(False, *conditions)), page, per_page, sort)

    def count(self, **values: Any) -> int:
        """How many records have these values."""
        return self.session.scalar(select(func.count()).select_from(self.model).filter_by(**values)) or 0

    @property
    def _dialect(self) -> str:
        return self.session.get_bind().dialect.name

    def _column(self, name: str) -> InstrumentedAttribute[Any]:
        column: InstrumentedAttribute[Any] = getattr(self.model, name)
        return column

    def _filtered(self, filters: Mapping[str, Any]) -> Select[M]:
        """Filters whose value is None are left out."""
        unknown = [name for name in filters if name not in self.filterable]
        if unknown:
            raise InvalidInputError(problems("query", unknown, self.filterable))
        conditions = [self._condition(name, value) for name, value in filters.items() if value is not None]
        return _everything(self.model).where(*conditions) if conditions else _everything(self.model)

    def _condition(self, name: str, value: Any) -> ColumnElement[bool]:
        """What a filter means; override it for filters that are not plain equality."""
        condition: ColumnElement[bool] = self._column(name) == value
        return condition

    def _page(self, query: Select[M], page: int, per_page: int, sort: str) -> Slice[M]:
        """Rows and total in one statement, so that they agree; behind the last page no row carries the total."""
        count, rows = _paged(self, query, sort)
        found = self.session.execute(rows, {"limit": per_page, "offset": (page - 1) * per_page}).all()
        total = found[0][1] if found else self.session.scalar(count) or 0
        return Slice([row[0] for row in found], page, per_page, total)

    def _order(self, sort: str) -> Sequence[Any]:
        """The wanted column, then the id, so that equal values keep their places from page to page."""
        if sort.removeprefix("-") not in self.sortable:
            raise InvalidInputError(problems("query", ["sort"], self.sortable))
        return [key.desc() if sort.startswith("-") else key.asc() for key in self._keys(sort)]

    def _keys(self, sort: str) -> Sequence[InstrumentedAttribute[Any]]:
        name = sort.removeprefix("-")
        return [self._column(key) for key in dict.fromkeys((name, "id"))]


@cache
def _everything[M: Base](model: type[M]) -> Select[M]:
    return select(model)


@lru_cache(maxsize=64)
def _paged(listing: Listing[Any], query: Select[Any], sort: str) -> tuple[Select[int], Select[Any, int]]:
    """The statement that counts, and that of a page whose rows carry the count. Cached by the query object."""
    found = query.with_only_columns(listing._column("id")).subquery()  # noqa: SLF001 - the other half of `_page`
    count = select(func.count()).select_from(found)
    rows = query.order_by(*listing._order(sort)).limit(bindparam("limit")).offset(bindparam("offset"))  # noqa: SLF001
    return count, rows.add_columns(count.scalar_subquery())


def problems(where: str, names: Iterable[str], allowed: Iterable[str]) -> list[dict[str, Any]]:
    """The `detail` of an `InvalidInputError` about names that are none of those allowed."""
    choices = ", ".join(allowed) or "none"
    return [
        {"loc": [where, name], "msg": _("Choose from: {choices}.", choices=choices), "type": "value_error"}
        for name in names
    ]
