"""Database errors: every code of the drivers falls into the class that decides what the client is told."""

import pytest
from sqlalchemy.exc import (
    DataError,
    IntegrityError,
    InterfaceError,
    InternalError,
    InvalidRequestError,
    OperationalError,
    StatementError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from backend.core.db import errors as db_errors
from backend.core.db.errors import CODES, RETRYABLE, SQLSTATES, UNAVAILABLE, DatabaseFault, classify, waited_for_lock
from tests.framework.tables import table
from tests.unit.core.support import DriverError, database_error

MYSQL = {
    DatabaseFault.CONNECT: [2002, 2003, 2005, 1040, 1203, 1226, 1129, 1135],
    DatabaseFault.LOST: [2006, 2013, 2014, 2045, 2055, 1927, 4031, 1053, 1080, 1152],
    DatabaseFault.CONFLICT: [1213, 1205, 1020],
    DatabaseFault.READONLY: [1290, 1792, 1836, 1874],
    DatabaseFault.OVERLOAD: [3024, 1969, 1317],
    DatabaseFault.DATA: [1062],
    DatabaseFault.CLIENT: [1048, 1406, 1264, 1366, 3140, 1451, 1452, 3819, 4025],
    DatabaseFault.CONFIG: [1044, 1045, 1049, 1054, 1146, 2059],
}
POSTGRESQL = {
    DatabaseFault.CONNECT: ["08001", "08004", "57P03", "53300"],
    DatabaseFault.LOST: ["08000", "08003", "08006", "57P01", "57P02", "25P03"],
    DatabaseFault.CONFLICT: ["40001", "40P01", "55P03"],
    DatabaseFault.READONLY: ["25006"],
    DatabaseFault.OVERLOAD: ["57014"],
    DatabaseFault.DATA: ["23505"],
    DatabaseFault.CLIENT: ["22001", "22003", "22P02", "23502", "23503", "23514"],
    DatabaseFault.CONFIG: ["28000", "28P01", "3D000", "42P01", "42703"],
}
TEXTS = {
    "UNIQUE constraint failed: things.name": DatabaseFault.DATA,
    "SAVEPOINT sa_savepoint_1 does not exist": DatabaseFault.CONFLICT,
    "NOT NULL constraint failed: things.name": DatabaseFault.CLIENT,
    "FOREIGN KEY constraint failed": DatabaseFault.CLIENT,
    "CHECK constraint failed: positive": DatabaseFault.CLIENT,
    "database is locked": DatabaseFault.CONFLICT,
    "attempt to write a readonly database": DatabaseFault.READONLY,
    "unable to open database file": DatabaseFault.CONNECT,
    "no such table: things": DatabaseFault.CONFIG,
    "no such column: colour": DatabaseFault.CONFIG,
    "Packet sequence number wrong - got 1 expected 2": DatabaseFault.LOST,
    "consuming input failed: server closed the connection": DatabaseFault.LOST,
    'connection failed: connection to server at "127.0.0.1", port 1 failed: Connection refused': DatabaseFault.CONNECT,
    'connection failed: connection to server at "127.0.0.1", port 1 failed: Connection reset by peer': DatabaseFault.CONNECT,
    'connection failed: connection to server at "::1" failed: server closed the connection unexpectedly': DatabaseFault.CONNECT,
    'connection failed: FATAL:  database "shop" does not exist': DatabaseFault.CONFIG,
    'connection failed: FATAL:  role "shop" does not exist': DatabaseFault.CONFIG,
    'connection failed: FATAL:  no pg_hba.conf entry for host "10.0.0.1"': DatabaseFault.CONFIG,
    "connection timeout expired": DatabaseFault.CONNECT,
    "connection failed: FATAL:  the database system is starting up": DatabaseFault.CONNECT,
    "connection failed: FATAL:  sorry, too many clients already": DatabaseFault.CONNECT,
    "server closed the connection unexpectedly": DatabaseFault.LOST,
    "the connection is closed": DatabaseFault.LOST,
    "the connection is lost": DatabaseFault.LOST,
    "no answer from the server in time": DatabaseFault.LOST,
    'FATAL:  password authentication failed for user "shop"': DatabaseFault.CONFIG,
}


def rows(table: dict) -> list[tuple]:
    return [(code, fault) for fault, codes in table.items() for code in codes]


@pytest.mark.parametrize("kind", [OperationalError, IntegrityError, InternalError, DataError])
class TestWhateverTheClassOfTheError:
    @table("code, fault", rows(MYSQL))
    def test_mysql_and_mariadb_codes(self, code, fault, kind):
        assert classify(database_error(code, "some text", kind=kind)) is fault

    @table("state, fault", rows(POSTGRESQL))
    def test_postgresql_states_whole_or_by_their_class(self, state, fault, kind):
        assert classify(database_error("some text", sqlstate=state, kind=kind)) is fault


@table("text, fault", TEXTS.items())
def test_texts_where_there_is_no_number(text, fault):
    assert classify(database_error(text)) is fault


def test_no_row_of_the_tables_is_missing_here():
    assert {code for code, _ in rows(MYSQL)} == {*CODES}
    assert {*SQLSTATES} <= {state for state, _ in rows(POSTGRESQL)} | {"08", "22", "28"}
    assert all(any(part in text for text in TEXTS) for part in db_errors._BY_TEXT)


def test_no_code_stands_in_two_classes():
    for classes in (db_errors._BY_CODE, db_errors._BY_SQLSTATE):
        listed = [code for codes in classes.values() for code in codes]
        assert len(listed) == len(set(listed))


NOT_BY_CODE_ALONE = {
    "a number of many meanings": (database_error(1305, "FUNCTION shop.f does not exist"), DatabaseFault.UNKNOWN),
    "a number says more than a text": (database_error(1205, "UNIQUE constraint failed"), DatabaseFault.CONFLICT),
    "no free connection in the pool": (PoolTimeoutError("QueuePool limit of size 1 reached"), DatabaseFault.OVERLOAD),
    "a broken connection without a code": (
        InterfaceError("SELECT 1", {}, DriverError("(0, '')"), connection_invalidated=True),
        DatabaseFault.LOST,
    ),
    "a data error without a known code": (database_error("some rule", kind=DataError), DatabaseFault.CLIENT),
    "a broken rule without a known code": (database_error("some rule", kind=IntegrityError), DatabaseFault.CLIENT),
}


@table("error, fault", NOT_BY_CODE_ALONE)
def test_errors_that_more_than_a_code_tells(error, fault):
    assert classify(error) is fault


@table(
    "error",
    [
        ValueError("not of the database"),
        InvalidRequestError("ours"),
        StatementError("a value that could not be bound", "SELECT 1", {}, TypeError()),
        OperationalError("SELECT 1", {}, None),
        database_error(),
        database_error(9999, "never heard of"),
        database_error("unheard of", sqlstate="XX000"),
    ],
)
def test_what_is_in_no_table_is_unknown(error):
    assert classify(error) is DatabaseFault.UNKNOWN


def test_only_what_is_surely_undone_is_tried_again():
    assert {DatabaseFault.CONFLICT} == RETRYABLE
    assert RETRYABLE < UNAVAILABLE
    assert {DatabaseFault.DATA, DatabaseFault.CLIENT, DatabaseFault.CONFIG, DatabaseFault.UNKNOWN}.isdisjoint(
        UNAVAILABLE
    )


@table(
    "error, waited",
    [
        (database_error(1205, "Lock wait timeout exceeded"), True),
        (database_error("canceling statement due to lock timeout", sqlstate="55P03"), True),
        (database_error(1213, "Deadlock found"), False),
        (database_error("deadlock", sqlstate="40P01"), False),
        (database_error(), False),
        (ValueError(1205), False),
        (None, False),
    ],
)
def test_a_wait_that_ran_out_is_told_from_a_deadlock(error, waited):
    assert waited_for_lock(error) is waited
