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
from backend.core.db.errors import CODES, RETRYABLE, SQLSTATES, UNAVAILABLE, Fault, classify, waited_for_lock
from tests.unit.core.support import DriverError, database_error

MYSQL = {
    Fault.CONNECT: [2002, 2003, 2005, 1040, 1203, 1226, 1129, 1135],
    Fault.LOST: [2006, 2013, 2014, 2045, 2055, 1927, 4031, 1053, 1080, 1152],
    Fault.CONFLICT: [1213, 1205, 1020],
    Fault.READONLY: [1290, 1792, 1836, 1874],
    Fault.OVERLOAD: [3024, 1969, 1317],
    Fault.DATA: [1062],
    Fault.CLIENT: [1048, 1406, 1264, 1366, 3140, 1451, 1452, 3819, 4025],
    Fault.CONFIG: [1044, 1045, 1049, 1054, 1146, 2059],
}
POSTGRESQL = {
    Fault.CONNECT: ["08001", "08004", "57P03", "53300"],
    Fault.LOST: ["08000", "08003", "08006", "57P01", "57P02", "25P03"],
    Fault.CONFLICT: ["40001", "40P01", "55P03"],
    Fault.READONLY: ["25006"],
    Fault.OVERLOAD: ["57014"],
    Fault.DATA: ["23505"],
    Fault.CLIENT: ["22001", "22003", "22P02", "23502", "23503", "23514"],
    Fault.CONFIG: ["28000", "28P01", "3D000", "42P01", "42703"],
}
TEXTS = {
    "UNIQUE constraint failed: things.name": Fault.DATA,
    "NOT NULL constraint failed: things.name": Fault.CLIENT,
    "FOREIGN KEY constraint failed": Fault.CLIENT,
    "CHECK constraint failed: positive": Fault.CLIENT,
    "database is locked": Fault.CONFLICT,
    "attempt to write a readonly database": Fault.READONLY,
    "unable to open database file": Fault.CONNECT,
    "no such table: things": Fault.CONFIG,
    "no such column: colour": Fault.CONFIG,
    "Packet sequence number wrong - got 1 expected 2": Fault.LOST,
    "consuming input failed: server closed the connection": Fault.LOST,
    'connection failed: connection to server at "127.0.0.1", port 1 failed: Connection refused': Fault.CONNECT,
    'connection failed: connection to server at "127.0.0.1", port 1 failed: Connection reset by peer': Fault.CONNECT,
    'connection failed: connection to server at "::1" failed: server closed the connection unexpectedly': Fault.CONNECT,
    'connection failed: FATAL:  database "shop" does not exist': Fault.CONFIG,
    'connection failed: FATAL:  role "shop" does not exist': Fault.CONFIG,
    'connection failed: FATAL:  no pg_hba.conf entry for host "10.0.0.1"': Fault.CONFIG,
    "connection timeout expired": Fault.CONNECT,
    "connection failed: FATAL:  the database system is starting up": Fault.CONNECT,
    "connection failed: FATAL:  sorry, too many clients already": Fault.CONNECT,
    "server closed the connection unexpectedly": Fault.LOST,
    "the connection is closed": Fault.LOST,
    "the connection is lost": Fault.LOST,
    "no answer from the server in time": Fault.LOST,
    'FATAL:  password authentication failed for user "shop"': Fault.CONFIG,
}


def rows(table: dict) -> list[tuple]:
    return [(code, fault) for fault, codes in table.items() for code in codes]


@pytest.mark.parametrize("kind", [OperationalError, IntegrityError, InternalError, DataError])
@pytest.mark.parametrize(("code", "fault"), rows(MYSQL))
def test_mysql_and_mariadb_codes(code, fault, kind):
    assert classify(database_error(code, "some text", kind=kind)) is fault


@pytest.mark.parametrize("kind", [OperationalError, IntegrityError, InternalError])
@pytest.mark.parametrize(("state", "fault"), rows(POSTGRESQL))
def test_postgresql_states_whole_or_by_their_class(state, fault, kind):
    assert classify(database_error("some text", sqlstate=state, kind=kind)) is fault


@pytest.mark.parametrize(("text", "fault"), TEXTS.items())
def test_texts_where_there_is_no_number(text, fault):
    assert classify(database_error(text)) is fault


def test_no_row_of_the_tables_is_missing_here():
    assert {code for code, _ in rows(MYSQL)} == {*CODES}
    assert {*SQLSTATES} <= {state for state, _ in rows(POSTGRESQL)} | {"08", "22", "28"}
    assert all(any(part in text for text in TEXTS) for part in db_errors._BY_TEXT)


def test_no_code_stands_in_two_classes():
    for table in (db_errors._BY_CODE, db_errors._BY_SQLSTATE):
        listed = [code for codes in table.values() for code in codes]
        assert len(listed) == len(set(listed))


def test_a_number_says_more_than_a_text():
    assert classify(database_error(1205, "UNIQUE constraint failed")) is Fault.CONFLICT


def test_a_pool_without_a_free_connection_is_overload():
    assert classify(PoolTimeoutError("QueuePool limit of size 1 reached")) is Fault.OVERLOAD


@pytest.mark.parametrize(
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
    assert classify(error) is Fault.UNKNOWN


def test_a_broken_connection_without_a_code_is_lost():
    error = InterfaceError("SELECT 1", {}, DriverError("(0, '')"), connection_invalidated=True)

    assert classify(error) is Fault.LOST


@pytest.mark.parametrize("kind", [DataError, IntegrityError])
def test_an_error_of_this_kind_without_a_known_code_is_about_the_values(kind):
    assert classify(database_error("some rule", kind=kind)) is Fault.CLIENT


def test_only_what_is_surely_undone_is_tried_again():
    assert {Fault.CONFLICT} == RETRYABLE
    assert RETRYABLE < UNAVAILABLE
    assert {Fault.DATA, Fault.CLIENT, Fault.CONFIG, Fault.UNKNOWN}.isdisjoint(UNAVAILABLE)


@pytest.mark.parametrize(
    ("error", "waited"),
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
