"""The server's number of a connection, and how another connection ends it.

A COMMIT may be on its way although its sender has given up. Once the connection is ended, it arrives nowhere.
"""

from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend.core.db.errors import DatabaseFault, classify

log = structlog.get_logger(__name__)

_NUMBER: dict[str, Callable[[Any], int]] = {
    "pymysql": lambda connection: int(connection.thread_id()),
    "psycopg": lambda connection: int(connection.info.backend_pid),
}


def number(session: Session) -> int | None:
    """The number of the session's connection, without asking the server; None where the database has no such numbers."""
    read = _NUMBER.get(session.get_bind().dialect.driver)
    return read(session.connection().connection.dbapi_connection) if read else None


def end(session: Session, gone: int) -> None:
    """End the connection `gone` if it is there still. No privilege is needed: it belongs to the same account.

    Raises only if the session's own connection breaks at it.
    """
    try:
        _END[session.get_bind().dialect.name](session, gone)
    except DBAPIError as error:
        if classify(error) in (DatabaseFault.CONNECT, DatabaseFault.LOST):
            raise
        log.info("db.connection_gone_already", connection=gone)


def _end_mysql(session: Session, gone: int) -> None:
    """Numbers only grow: if our own is smaller, the server has been started anew, and `gone` may be somebody else by now."""
    own = number(session)
    if own is not None and gone < own:
        session.execute(text("KILL :number"), {"number": gone})


def _end_postgresql(session: Session, gone: int) -> None:
    session.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid = :number AND usename = current_user AND datname = current_database()"
        ),
        {"number": gone},
    )


_END = {"mysql": _end_mysql, "mariadb": _end_mysql, "postgresql": _end_postgresql}
