"""Base of every repository: the queries that all of them need, over one mapped class.

Nothing here commits: writes are flushed, and the controller's edge ends the transaction.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from typing import Any, ClassVar, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Insert,
    Result,
    Select,
    Table,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.core.db import Base, db
from backend.core.db.duplicates import duplicated
from backend.core.db.errors import DatabaseFault, classify
from backend.core.errors import DuplicateError, InUseError, InvalidInputError, NotFoundError
from backend.core.pagination import Slice
from backend.core.texts import _

ESCAPE = "\\"


class Repository[M: Base]:
    """Queries over `model`, which has a primary key `id`. Subclasses name what may be sorted, filtered and searched by."""

    model: type[M]
    sortable: ClassVar[tuple[str, ...]] = ("id",)
    filterable: ClassVar[tuple[str, ...]] = ()
    searchable: ClassVar[tuple[str, ...]] = ()

    @property
    def session(self) -> Session:
        return db.session()

    def create(self, **values: Any) -> M:
        """Store a new record; raises `DuplicateError` if a unique value exists. Its id is known afterwards."""
        record = self.model(**values)
        self.session.add(record)
        self._flush()
        return record

    def insert(self, **values: Any) -> int:
        """Store a new record past the mapped class, which costs a third of `create`; gives its id. Raises `DuplicateError` too."""
        stored = self._translate(lambda: self.session.connection().execute(_inserter(self.model), values))
        return cast("int", stored.inserted_primary_key[0])

    def append(self, *rows: Mapping[str, Any]) -> None:
        """The same with many rows in one statement, without reading their ids."""
        self._translate(lambda: self.session.connection().execute(_inserter(self.model), rows))

    def get(self, record_id: int) -> M:
        """The record, or `NotFoundError`."""
        record = self.session.get(self.model, record_id)
        if record is None:
            raise NotFoundError(_("{name} {id} not found.", name=self.model.__name__, id=record_id))
        return record

    def find_by(self, **values: Any) -> M | None:
        """The first record with these values, or None."""
        empty = {name: value is None for name, value in values.items()}
        return self.session.scalars(_finder(self.model, **empty), values).first()

    def lock_by(self, **values: Any) -> M | None:
        """The record with these values, read anew and locked until the transaction ends, or None."""
        empty = {name: value is None for name, value in values.items()}
        return self.session.scalars(_locker(self.model, **empty), values).first()

    def list(
        self, page: int = 1, per_page: int = 20, sort: str = "id", filters: Mapping[str, Any] | None = None
    ) -> Slice[M]:
        """A page of records. `sort` is a column of `sortable`, with `-` in front for descending order."""
        return self._page(self._filtered(filters or {}), page, per_page, sort)

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

    def update(self, record: M, **values: Any) -> M:
        """Change `record`; raises `DuplicateError` if a unique value exists."""
        for name, value in values.items():
            setattr(record, name, value)
        self._flush()
        return record

    def delete(self, record: M) -> None:
        """Delete `record`; raises `InUseError` if another table refers to it."""
        self.session.delete(record)
        try:
            self._flush()
        except IntegrityError as error:
            if classify(error) is DatabaseFault.CLIENT:
                raise InUseError from error
            raise

    def count(self, **values: Any) -> int:
        """How many records have these values."""
        return self.session.scalar(select(func.count()).select_from(self.model).filter_by(**values)) or 0

    def bulk_insert(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Store many rows in one statement; gives their number. Raises `DuplicateError` and stores none of them."""
        if rows:
            with self.transaction():
                self._translate(lambda: self.session.execute(insert(self.model), [dict(row) for row in rows]))
        return len(rows)

    def bulk_update(self, ids: Iterable[int], **values: Any) -> int:
        """Change the records with these ids; returns how many exist."""
        statement = update(self.model).where(self._column("id").in_([*ids])).values(**values)
        return affected(self._translate(lambda: self.session.execute(statement)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A savepoint: an error inside undoes only the block."""
        with self.session.begin_nested():
            yield

    def _column(self, name: str) -> InstrumentedAttribute[Any]:
        column: InstrumentedAttribute[Any] = getattr(self.model, name)
        return column

    def _filtered(self, filters: Mapping[str, Any]) -> Select[M]:
        """Filters whose value is None are left out."""
        unknown = [name for name in filters if name not in self.filterable]
        if unknown:
            raise InvalidInputError(_problems(unknown, self.filterable))
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
        name = sort.removeprefix("-")
        if name not in self.sortable:
            raise InvalidInputError(_problems(["sort"], self.sortable))
        columns = [self._column(name)] + ([self._column("id")] if name != "id" else [])
        return [column.desc() if sort.startswith("-") else column.asc() for column in columns]

    def _flush(self) -> None:
        self._translate(self.session.flush)

    def _translate(self, write: Any) -> Any:
        try:
            return write()
        except IntegrityError as error:
            if classify(error) is DatabaseFault.DATA:
                raise self._duplicate(error) from error
            raise

    def _duplicate(self, error: IntegrityError) -> DuplicateError:
        fields = duplicated(cast("Table", self.model.__table__), str(error.orig))
        if not fields:
            return DuplicateError(_("{name} exists already.", name=self.model.__name__))
        said = _("There is one with the same value already: {fields}.", fields=", ".join(fields))
        return DuplicateError(said, data={"fields": fields})


@cache
def _inserter(model: type[Base]) -> Insert:
    return insert(cast("Table", model.__table__))


@cache
def _finder[M: Base](model: type[M], **empty: bool) -> Select[M]:
    """The statement of `find_by`, built once for each set of names, so that SQLAlchemy finds its compiled SQL quickly."""
    return _matching(model, empty).limit(1)


@cache
def _locker[M: Base](model: type[M], **empty: bool) -> Select[M]:
    """The same for `lock_by`."""
    return _matching(model, empty).with_for_update().execution_options(populate_existing=True)


def _matching[M: Base](model: type[M], empty: Mapping[str, bool]) -> Select[M]:
    columns = {name: getattr(model, name) for name in empty}
    conditions = [column.is_(None) if empty[name] else column == bindparam(name) for name, column in columns.items()]
    return select(model).where(*conditions)


@cache
def _everything[M: Base](model: type[M]) -> Select[M]:
    return select(model)


@lru_cache(maxsize=64)
def _paged(repository: Repository[Any], query: Select[Any], sort: str) -> tuple[Select[int], Select[Any, int]]:
    """The statement that counts, and that of a page whose rows carry the count. Cached by the query object."""
    found = query.with_only_columns(repository._column("id")).subquery()  # noqa: SLF001 - the other half of `_page`
    count = select(func.count()).select_from(found)
    rows = query.order_by(*repository._order(sort)).limit(bindparam("limit")).offset(bindparam("offset"))  # noqa: SLF001
    return count, rows.add_columns(count.scalar_subquery())


def affected(result: Result[Any]) -> int:
    """How many rows an INSERT, UPDATE or DELETE has touched."""
    return cast("CursorResult[Any]", result).rowcount


def _problems(names: Iterable[str], allowed: Iterable[str]) -> list[dict[str, Any]]:
    choices = ", ".join(allowed) or "none"
    return [
        {"loc": ["query", name], "msg": _("Choose from: {choices}.", choices=choices), "type": "value_error"}
        for name in names
    ]
