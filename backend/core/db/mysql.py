"""A MySQL connection that begins a transaction only with the first statement that writes or locks.

Under READ COMMITTED every SELECT sees its own snapshot anyway: a transaction around reads would only cost round trips. The
status flags in the server's answers tell whether a transaction is open.
"""

import re
from typing import Any, override

import pymysql  # type: ignore[import-untyped]
from pymysql.connections import Connection  # type: ignore[import-untyped]
from pymysql.constants.SERVER_STATUS import SERVER_STATUS_IN_TRANS  # type: ignore[import-untyped]

ORIGIN = (
    "SELECT CONCAT(@@hostname, ':', @@port, ' since ', UNIX_TIMESTAMP() - VARIABLE_VALUE) FROM {schema}.global_status "
    "WHERE VARIABLE_NAME = 'UPTIME'"
)
UNTOLD = frozenset({1109, 1142, 1146})  # no such table, or it may not be read
READS = re.compile(r"\s*(SELECT|SET|SHOW|EXPLAIN|DO)\b", re.IGNORECASE)
LOCKS = re.compile(r"\bFOR\s+(UPDATE|SHARE)\b|\bLOCK\s+IN\s+SHARE\b", re.IGNORECASE)


class LazyConnection(Connection):  # type: ignore[misc]
    """Open it in autocommit mode. `commit` and `rollback` send nothing if no transaction is open."""

    _unsure = False

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open, by the flags of the server's last answer; an error has none."""
        return bool(self.server_status & SERVER_STATUS_IN_TRANS)

    @override
    def query(self, sql: Any, unbuffered: bool = False) -> Any:
        """Send one statement, after a BEGIN if it needs a transaction and there is none."""
        if needs_transaction(sql):
            self._ensure_transaction()
        try:
            return super().query(sql, unbuffered)
        except pymysql.MySQLError:
            self._unsure = self.in_transaction  # a deadlock has ended it, a duplicate has not
            raise

    def _ensure_transaction(self) -> None:
        if self._unsure:
            super().query("DO 0")  # for the flags of its answer
            self._unsure = False
        if not self.in_transaction:
            self.begin()

    @override
    def commit(self) -> None:
        """Make durable what was written."""
        if self.in_transaction:
            super().commit()

    @override
    def rollback(self) -> None:
        """Undo what was written."""
        if self.in_transaction:
            super().rollback()


def needs_transaction(sql: str | bytes | bytearray) -> bool:
    """True for statements that write or lock, and for unknown ones: an extra transaction does no harm."""
    if not isinstance(sql, str):
        return True  # many rows at once
    return READS.match(sql) is None or LOCKS.search(sql) is not None


def connect(_dialect: Any, _record: Any, arguments: Any, options: dict[str, Any]) -> LazyConnection:
    """Opens the connections of an engine, as a listener of SQLAlchemy's `do_connect`."""
    return LazyConnection(*arguments, **options, autocommit=True)


def origin(connection: Connection) -> str:
    """The server that numbered this connection: its name and the second in which it started; "" where it does not tell."""
    schema = "information_schema" if "mariadb" in connection.get_server_info().lower() else "performance_schema"
    with connection.cursor() as cursor:
        try:
            cursor.execute(ORIGIN.format(schema=schema))
        except pymysql.MySQLError as error:
            if error.args[0] in UNTOLD:
                return ""
            raise
        return str((cursor.fetchone() or [""])[0])
