"""The server's name for a connection, and how another connection ends it.

A COMMIT may still be on its way after its sender has given up. Once its connection is ended, it has no effect. A number alone
does not tell which connection to end: a restarted server, or one that took over the address, uses the number again.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend.core.db import mysql as db_mysql
from backend.core.db import postgresql as db_postgresql
from backend.core.db.errors import DatabaseFault, classify

log = structlog.get_logger(__name__)

ORIGIN = "origin"  # in the pool's notes about a connection

_NUMBER: dict[str, Callable[[Any], int]] = {
    "pymysql": lambda connection: int(connection.thread_id()),
    "psycopg": lambda connection: int(connection.info.backend_pid),
}
DRIVERS: dict[str, Callable[[Any], str]] = {"pymysql": db_mysql.origin, "psycopg": db_postgresql.origin}


class ServerSession(NamedTuple):
    """A connection as the server knows it. `origin` is the server's name and start (MySQL) or the session's start (PostgreSQL)."""

    number: int
    origin: str


def remember_origin(driver: str) -> Callable[[Any, Any], None]:
    """A listener of SQLAlchemy's `connect`: asks each new connection where its number comes from."""
    ask = DRIVERS[driver]

    def remember(connection: Any, record: Any) -> None:
        record.info[ORIGIN] = ask(connection)

    return remember


def number(session: Session) -> ServerSession | None:
    """The session's connection, without asking the server; None where the database has no such numbers."""
    read = _NUMBER.get(session.get_bind().dialect.driver)
    if read is None:
        return None
    pooled = session.connection().connection
    return ServerSession(read(pooled.dbapi_connection), pooled.info.get(ORIGIN, ""))


def end(session: Session, gone: ServerSession) -> None:
    """End the connection `gone` if it still exists. This needs no privilege: it belongs to the same account.

    Raises only if the session's own connection breaks.
    """
    try:
        _END[session.get_bind().dialect.name](session, gone)
    except DBAPIError as error:
        if classify(error) in (DatabaseFault.CONNECT, DatabaseFault.LOST):
            raise
        log.info("db.connection_gone_already", connection=gone.number)


def _end_mysql(session: Session, gone: ServerSession) -> None:
    """Only on the server that gave the number: elsewhere, and after a restart, it is another client's."""
    own = number(session)
    if own is not None and own.origin == gone.origin != "" and gone.number < own.number:
        session.execute(text("KILL :number"), {"number": gone.number})


def _end_postgresql(session: Session, gone: ServerSession) -> None:
    session.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :number "
            "AND backend_start = CAST(:origin AS timestamptz) "
            "AND usename = current_user AND datname = current_database()"
        ),
        gone._asdict(),
    )


_END = {"mysql": _end_mysql, "mariadb": _end_mysql, "postgresql": _end_postgresql}
