"""A PostgreSQL connection with a read timeout: libpq itself waits for ever.

Neither `statement_timeout` nor TCP's own time-outs end the wait for a server that has fallen silent.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

NO_ANSWER = "no answer from the server in time"


@cache
def connection_class(psycopg: Any, seconds: float) -> Any:
    """A class of psycopg's connections with this timeout. The module is a parameter: only users of PostgreSQL install it."""

    class DeadlineConnection(psycopg.Connection):  # type: ignore[misc]
        def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
            try:
                return super().wait(gen, interval, seconds if timeout is None else timeout)
            except psycopg.errors._WaitTimeout:  # noqa: SLF001 - there is no public name for it
                self.close()  # a late answer would be taken for that of the next statement
                raise psycopg.OperationalError(NO_ANSWER) from None

    return DeadlineConnection


def connector(seconds: float) -> Callable[..., Any]:
    """A listener of SQLAlchemy's `do_connect`."""

    def connect(dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> Any:
        return connection_class(dialect.loaded_dbapi, seconds).connect(*arguments, **options)

    return connect


def origin(connection: Any) -> str:
    """When the server began this session: its number is given again to later ones."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CAST(backend_start AS text) FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        started = str(cursor.fetchone()[0])
    connection.commit()
    return started
