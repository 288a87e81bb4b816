"""Every database error that matters, as one table: which class it is, and what the client is told.

Codes: MySQL server and client error references, MariaDB's error codes, PostgreSQL Appendix A (SQLSTATE).
An error that is not in the table is a bug of ours and answers 500.
"""

from enum import Enum

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.core.errors import DatabaseUnavailableError


class DatabaseFault(Enum):
    """The kinds of database errors, by their effect on the request."""

    CONNECT = "connect"  # nothing was sent: safe to try again
    LOST = "lost"  # the connection broke: the transaction is gone; at COMMIT its outcome is unknown
    CONFLICT = "conflict"  # another transaction was in the way: this one was undone, try the whole of it again
    READONLY = "readonly"  # a failover is under way
    OVERLOAD = "overload"  # too slow or too many: trying again at once makes it worse
    DATA = "data"  # a unique value exists already
    CLIENT = "client"  # the values do not fit the columns
    CONFIG = "config"  # wrong password, unknown database, missing table
    UNKNOWN = "unknown"


_BY_CODE = {
    DatabaseFault.CONNECT: (2002, 2003, 2005, 1040, 1203, 1226, 1129, 1135),
    DatabaseFault.LOST: (2006, 2013, 2014, 2045, 2055, 1927, 4031, 1053, 1080, 1152),
    DatabaseFault.CONFLICT: (1213, 1205, 1020),
    DatabaseFault.READONLY: (1290, 1792, 1836, 1874),
    DatabaseFault.OVERLOAD: (3024, 1969, 1317),
    DatabaseFault.DATA: (1062,),
    DatabaseFault.CLIENT: (1048, 1406, 1264, 1366, 3140, 1451, 1452, 3819, 4025),
    DatabaseFault.CONFIG: (1044, 1045, 1049, 1054, 1146, 2059),
}
_BY_SQLSTATE = {
    DatabaseFault.CONNECT: ("08001", "08004", "57P03", "53300"),
    DatabaseFault.LOST: ("08", "57P01", "57P02", "25P03"),
    DatabaseFault.CONFLICT: ("40001", "40P01", "55P03"),
    DatabaseFault.READONLY: ("25006",),
    DatabaseFault.OVERLOAD: ("57014",),
    DatabaseFault.DATA: ("23505",),
    DatabaseFault.CLIENT: ("22", "23502", "23503", "23514"),
    DatabaseFault.CONFIG: ("28", "3D000", "42P01", "42703"),
}
_BY_SQLITE_NAME = {
    "SQLITE_BUSY": DatabaseFault.OVERLOAD,  # has waited for the write lock for as long as a request may
    "SQLITE_BUSY_SNAPSHOT": DatabaseFault.CONFLICT,  # wants to write after reading what another one has changed meanwhile
}
_BY_TEXT = {  # errors that carry no number, or one of many meanings: SQLite's, PyMySQL's own, psycopg's own, MySQL's 1305
    "SAVEPOINT": DatabaseFault.CONFLICT,  # to be rolled back to, but gone: a deadlock has undone the whole transaction
    "UNIQUE constraint failed": DatabaseFault.DATA,
    "constraint failed": DatabaseFault.CLIENT,
    "database is locked": DatabaseFault.CONFLICT,
    "attempt to write a readonly database": DatabaseFault.READONLY,
    "unable to open database file": DatabaseFault.CONNECT,
    "no such table": DatabaseFault.CONFIG,
    "no such column": DatabaseFault.CONFIG,
    "Packet sequence number wrong": DatabaseFault.LOST,
    "consuming input failed": DatabaseFault.LOST,  # from here on psycopg's: it gives no SQLSTATE before a session exists
    "password authentication failed": DatabaseFault.CONFIG,
    '" does not exist': DatabaseFault.CONFIG,  # database or role
    "no pg_hba.conf entry": DatabaseFault.CONFIG,
    "connection failed:": DatabaseFault.CONNECT,  # every other failure to connect: refused, reset, starting up, too many clients
    "connection timeout expired": DatabaseFault.CONNECT,
    "server closed the connection": DatabaseFault.LOST,
    "the connection is closed": DatabaseFault.LOST,
    "the connection is lost": DatabaseFault.LOST,
    "no answer from the server in time": DatabaseFault.LOST,  # ours: core/db/postgresql.py
}

CODES: dict[int, DatabaseFault] = {code: fault for fault, codes in _BY_CODE.items() for code in codes}
SQLSTATES: dict[str, DatabaseFault] = {state: fault for fault, states in _BY_SQLSTATE.items() for state in states}

LOCK_WAIT = (1205, "55P03")  # conflicts after a lock timeout: another transaction still holds the row

RETRYABLE = frozenset({DatabaseFault.CONFLICT})  # the transaction is surely undone
UNAVAILABLE = frozenset(
    {DatabaseFault.CONNECT, DatabaseFault.LOST, DatabaseFault.CONFLICT, DatabaseFault.READONLY, DatabaseFault.OVERLOAD}
)


def classify(error: BaseException) -> DatabaseFault:
    """The class of a SQLAlchemy error, or of our `DatabaseUnavailableError`: the monitor knows that the database is down."""
    if isinstance(error, DatabaseUnavailableError):
        return DatabaseFault.CONNECT
    if isinstance(error, PoolTimeoutError):
        return DatabaseFault.OVERLOAD
    if not isinstance(error, DBAPIError) or error.orig is None:
        return DatabaseFault.UNKNOWN
    return _of_driver(error.orig) or _by_kind(error)


def waited_for_lock(error: BaseException | None) -> bool:
    """True when a statement gave up waiting for a row that another transaction holds."""
    original = getattr(error, "orig", None)
    code = original.args[0] if original and original.args else None
    return code in LOCK_WAIT or getattr(original, "sqlstate", None) in LOCK_WAIT


def _of_driver(error: BaseException) -> DatabaseFault | None:
    """By SQLite's name, by number, by SQLSTATE (whole, then its class), by text."""
    state = getattr(error, "sqlstate", None) or ""
    code = error.args[0] if error.args and isinstance(error.args[0], int) else None
    text = str(error)
    by_text = next((fault for part, fault in _BY_TEXT.items() if part in text), None)
    by_name = _BY_SQLITE_NAME.get(getattr(error, "sqlite_errorname", ""))
    return by_name or CODES.get(code or 0) or SQLSTATES.get(state) or SQLSTATES.get(state[:2]) or by_text


def _by_kind(error: DBAPIError) -> DatabaseFault:
    if error.connection_invalidated:
        return DatabaseFault.LOST
    return DatabaseFault.CLIENT if isinstance(error, (DataError, IntegrityError)) else DatabaseFault.UNKNOWN
