"""Base of every repository: the queries that all of them need, over one mapped class.

Nothing here commits: writes are flushed, and the controller's edge ends the transaction. docs/database.md lists what there is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from itertools import batched
from typing import Any, ClassVar, cast

from sqlalchemy import CursorResult, Result, Table, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from backend.core.db import Base, statements
from backend.core.db.duplicates import duplicated
from backend.core.db.errors import DatabaseFault, classify
from backend.core.db.listing import Listing, problems
from backend.core.errors import ChangedMeanwhileError, DuplicateError, InUseError, InvalidInputError, NotFoundError
from backend.core.texts import _

IDS_A_STATEMENT = 500  # more make statements that databases are slow to read, and drivers may refuse


class Repository[M: Base](Listing[M]):
    """Queries over `model`, which has a primary key `id`.

    `changeable` names the columns that `update` and `bulk_update` may write; None is all but the id and the version.
    """

    changeable: ClassVar[tuple[str, ...] | None] = None

    def create(self, **values: Any) -> M:
        """Store a new record; its id is known afterwards. `DuplicateError` if a unique value exists: the transaction goes on."""
        record = self.model(**values)
        with self._guarded("id" in values or statements.unique(self.model)):
            self.session.add(record)
            self._flush()
        return record

    def insert(self, **values: Any) -> int:
        """Store a new record past the mapped class, which costs a third of `create`; gives its id. Raises `DuplicateError` too.

        On PostgreSQL the transaction is lost then: only an error answer, or `transaction()` around it, may follow.
        """
        stored = self._translate(lambda: self.session.connection().execute(statements.inserter(self.model), values))
        return cast("int", stored.inserted_primary_key[0])

    def append(self, *rows: Mapping[str, Any]) -> None:
        """The same with many rows in one statement, without reading their ids."""
        self._translate(lambda: self.session.connection().execute(statements.inserter(self.model), rows))

    def get(self, record_id: int) -> M:
        """The record, or `NotFoundError`."""
        record = self.session.get(self.model, record_id)
        if record is None:
            raise NotFoundError(_("{name} {id} not found.", name=self.model.__name__, id=record_id))
        return record

    def find_many(self, ids: Iterable[int]) -> Sequence[M]:
        """The records with these ids, in their order; those that do not exist are left out."""
        wanted = [*dict.fromkeys(ids)]
        found = {
            record.id: record  # type: ignore[attr-defined]
            for part in batched(wanted, IDS_A_STATEMENT)
            for record in self.session.scalars(select(self.model).where(self._column("id").in_(part)))
        }
        return [found[number] for number in wanted if number in found]

    def find_by(self, **values: Any) -> M | None:
        """The first record with these values, or None."""
        empty = {name: value is None for name, value in values.items()}
        return self.session.scalars(statements.finder(self.model, **empty), values).first()

    def lock_by(self, **values: Any) -> M | None:
        """The record with these values, read anew and locked until the transaction ends, or None."""
        empty = {name: value is None for name, value in values.items()}
        return self.session.scalars(statements.locker(self.model, **empty), values).first()

    def update(self, record: M, *, version: int | None = None, **values: Any) -> M:
        """Change `record`; `DuplicateError` if a unique value exists: the transaction goes on, and `record` is as before.

        `version` is what the client has read, of a `Versioned` model: `ChangedMeanwhileError` if somebody was quicker.
        """
        self._check_changeable(values)
        self._check_version(record, version)
        with self._guarded(statements.unique(self.model) & values.keys()):
            for name, value in values.items():
                setattr(record, name, value)
            self._flush()
        return record

    def delete(self, record: M, *, version: int | None = None) -> None:
        """Delete `record`; `InUseError` if another table refers to it: the transaction goes on. `version` as in `update`."""
        self._check_version(record, version)
        try:
            with self.transaction():
                self.session.delete(record)
                self._flush()
        except IntegrityError as error:
            if classify(error) is DatabaseFault.CLIENT:
                raise InUseError from error
            raise

    def bulk_insert(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Store many rows in one statement; gives their number. Raises `DuplicateError` and stores none of them."""
        if rows:
            with self.transaction():
                self._translate(lambda: self.session.execute(insert(self.model), [dict(row) for row in rows]))
        return len(rows)

    def bulk_update(self, ids: Iterable[int], **values: Any) -> int:
        """Change the records with these ids; returns how many exist. Raises `DuplicateError` and changes none of them."""
        self._check_changeable(values)
        values |= {"version": self._column("version") + 1} if statements.is_versioned(self.model) else {}
        wanted = [*dict.fromkeys(ids)]
        if not wanted:
            return 0
        with self.transaction():
            return sum(self._change(part, values) for part in batched(wanted, IDS_A_STATEMENT))

    def _change(self, ids: Sequence[int], values: Mapping[str, Any]) -> int:
        statement = update(self.model).where(self._column("id").in_(ids)).values(**values)
        return affected(self._translate(lambda: self.session.execute(statement)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A savepoint: an error inside undoes only the block."""
        with self.session.begin_nested():
            yield

    @contextmanager
    def _guarded(self, refusable: object) -> Iterator[None]:
        """A savepoint around a write that a unique key can refuse; others do without its two round trips."""
        with self.transaction() if refusable else nullcontext():
            yield

    def _check_changeable(self, names: Iterable[str]) -> None:
        allowed = statements.changeable(self.model) if self.changeable is None else self.changeable
        if refused := [name for name in names if name not in allowed]:
            raise InvalidInputError(problems("body", refused, allowed))

    def _check_version(self, record: M, version: int | None) -> None:
        if version is None:
            return
        if not statements.is_versioned(self.model):
            raise TypeError(f"{self.model.__name__} has no version; make it `Versioned`")
        if record.version != version:  # type: ignore[attr-defined]
            raise ChangedMeanwhileError

    def _flush(self) -> None:
        self._translate(self.session.flush)

    def _translate(self, write: Any) -> Any:
        try:
            return write()
        except StaleDataError as error:  # the row is gone, or has another version
            raise (ChangedMeanwhileError if statements.is_versioned(self.model) else NotFoundError) from error
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


def affected(result: Result[Any]) -> int:
    """How many rows an INSERT, UPDATE or DELETE has touched."""
    return cast("CursorResult[Any]", result).rowcount
