"""Counts the statements of a request: one that is sent again for every row ("N+1") fails the test that made the request."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Engine, event

MOST = 5  # times that a request may send one and the same statement; units that run again send theirs up to three times
_statements: ContextVar[Counter[str] | None] = ContextVar("statements", default=None)


class RepeatedQueryError(AssertionError):
    """A request has sent a statement once for each row; ask for all rows in one statement (`in_`, a join, `selectinload`)."""


@event.listens_for(Engine, "before_cursor_execute")
def _count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    counted = _statements.get()
    if counted is not None and not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
        counted[statement] += 1


@contextmanager
def no_repeated_query(what: str) -> Iterator[None]:
    """Raise `RepeatedQueryError` if the block sends one statement more than `MOST` times."""
    counted: Counter[str] = Counter()
    token = _statements.set(counted)
    try:
        yield
    finally:
        _statements.reset(token)
    statement, times = counted.most_common(1)[0] if counted else ("", 0)
    if times > MOST:
        raise RepeatedQueryError(f"{what} has sent this {times} times: {statement}\n{RepeatedQueryError.__doc__}")
