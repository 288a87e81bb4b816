"""A database to break gives real errors of its server, and its account reaches nothing but what is its own."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from testdb import NotOursError, open_database
from tests.servers.support import MYSQL_KIN, POSTGRESQL, code_of, count, engine_of, eventually, on, run, silent

INSERT = "INSERT INTO things VALUES ('one')"


def test_the_account_may_do_anything_on_its_own_database(database):
    for statement in ("CREATE TABLE more (number INT)", "ALTER TABLE more ADD COLUMN word TEXT", "DROP TABLE more"):
        run(database, statement)


MYSQL_DENIED = {  # `_` in the database's name stands for itself alone
    "CREATE TABLE mysql.things (name INT)": 1142,
    "CREATE TABLE fault1lab.things (name INT)": 1142,
    "CREATE DATABASE mine": 1044,
    "CREATE USER other": 1227,
    "SET GLOBAL read_only = 1": 1227,
}


@on(MYSQL_KIN)
def test_the_account_has_no_right_on_the_server_or_elsewhere_in_mysql(database):
    for statement, number in MYSQL_DENIED.items():
        assert (statement, code_of(lambda: run(database, statement))[1]) == (statement, number)  # noqa: B023


@on(POSTGRESQL)
def test_the_account_has_no_right_on_the_server_or_elsewhere_in_postgresql(database):
    for name in ("postgres", "template1"):
        elsewhere = replace(database, name=name)
        assert "permission denied for database" in str(code_of(lambda: run(elsewhere, "SELECT 1"))[1])  # noqa: B023
    assert code_of(lambda: run(database, "CREATE ROLE other"))[1] == "42501"
    rights = "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = 'app'"
    with database.admin_engine().connect() as connection:
        assert connection.execute(text(rights)).one() == (False, False, False, False)


def test_the_administrator_looks_into_the_database_past_everything(database):
    run(database, INSERT)

    assert count(database) == 1
    with database.admin_engine().connect() as connection:
        connection.execute(text(INSERT))  # nothing to commit: each statement is a transaction
    assert count(database) == 2


def test_an_administrators_connection_that_died_with_its_server_is_given_back_in_silence(database, caplog):
    with database.admin_engine().connect() as connection:
        connection.execute(text("SELECT 1"))
        database.control.kill()

    assert caplog.records == []


def test_a_read_only_database_can_be_read_and_not_written(database, postgresql):
    denied = ("InternalError", "25006") if postgresql else ("OperationalError", 1290)
    with engine_of(database).connect() as connection:
        connection.execute(text(INSERT))

        database.read_only(True)

        code_of(connection.commit)
    assert code_of(lambda: run(database, INSERT)) == denied
    run(database, "SELECT * FROM things")
    assert count(database) == 0
    with database.admin_engine().connect() as connection:
        connection.execute(text(INSERT))
    assert count(database) == 1

    database.read_only(False)

    run(database, INSERT)
    assert count(database) == 2


def test_too_many_connections_are_refused_and_those_that_are_there_stay(database, postgresql):
    with engine_of(database).connect() as connection:
        database.refuse_connections(True)

        refused = code_of(lambda: run(database, INSERT))

        assert refused[0] == "OperationalError"
        assert "too many connections for role" in str(refused[1]) if postgresql else refused[1] == 1226
        assert connection.scalar(text("SELECT 1")) == 1
    code_of(lambda: run(database, INSERT))  # the last one has gone, and there is still no place

    database.refuse_connections(False)

    run(database, INSERT)
    assert count(database) == 1


def test_connections_are_refused_after_a_restart_too_once_it_is_said_again(database):
    database.refuse_connections(True)
    database.refuse_connections(True)
    database.control.kill()
    database.control.start()
    database.control.wait_ready()

    database.refuse_connections(True)

    code_of(lambda: run(database, INSERT))
    database.refuse_connections(False)
    eventually(lambda: sessions(database) == 0, "no connection is held any more")


def sessions(database):
    """How many connections the ordinary account has."""
    source = (
        "pg_stat_activity WHERE usename = 'app'"
        if database.kind == "postgresql"
        else "information_schema.processlist WHERE user = 'app'"
    )
    with database.admin_engine().connect() as connection:
        return connection.scalar(text(f"SELECT COUNT(*) FROM {source}"))


def test_it_is_quiet_when_no_transaction_is_open(database):
    assert database.quiet()

    with engine_of(database).connect() as connection:
        connection.execute(text(INSERT))
        assert not database.quiet()
        connection.commit()
        assert database.quiet()

        connection.execute(text(INSERT))
        assert not database.quiet()
        connection.rollback()
        assert database.quiet()


def test_a_transaction_that_only_locks_is_not_quiet(database):
    run(database, INSERT)

    with engine_of(database).connect() as connection:
        connection.execute(text("SELECT * FROM things FOR UPDATE"))

        assert not database.quiet()


def test_a_transaction_that_waits_for_its_second_phase_is_not_quiet(database, postgresql):
    begin, prepare, end = (
        ("BEGIN", "PREPARE TRANSACTION 'it'", "ROLLBACK PREPARED 'it'")
        if postgresql
        else ("XA START 'it'", "XA END 'it'; XA PREPARE 'it'", "XA ROLLBACK 'it'")
    )
    with engine_of(database).execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for statement in (begin, INSERT, *prepare.split("; ")):
            connection.execute(text(statement))

        assert not database.quiet()

        connection.execute(text(end))
    assert database.quiet()


def test_a_transaction_in_the_other_database_is_none_of_this_one(database):
    other = database.other_database("busy")
    run(other, "CREATE TABLE things (name VARCHAR(40))")

    with engine_of(other).connect() as connection:
        connection.execute(text(INSERT))

        assert database.quiet()
        assert not other.quiet()


def test_a_second_database_is_empty_and_of_the_same_account(database):
    run(database, INSERT)

    other = database.other_database("second")

    run(other, "CREATE TABLE things (name VARCHAR(40))")
    assert (count(other), count(database)) == (0, 1)
    assert other.account == database.account
    assert other.control is database.control


def test_on_a_given_server_everything_is_dropped_at_the_end(database, postgresql):
    administrator = database.administration.server.render_as_string(hide_password=False)
    before = names(database)

    with open_database(database.kind, administrator, name="shop", say=silent) as given:
        second = given.other_database("stock")
        for one in (given, second):
            run(one, "CREATE TABLE things (name VARCHAR(40))")
            run(one, INSERT)
            assert one.quiet()
        given.refuse_connections(True)
        assert code_of(lambda: run(given, INSERT))
        run(database, INSERT)  # others are not hit
        given.refuse_connections(False)
        assert (given.control, given.provider, given.version) == (None, "url", database.version)
        assert given.account.name != database.account.name
        assert names(database) - before == {given.name, second.name, given.account.name}
        connection = engine_of(given).connect()
        connection.execute(text(INSERT))  # is still open at the end

    assert names(database) == before
    connection.invalidate()
    connection.close()


def names(database):
    """Of all databases and accounts of the server."""
    sources = (
        ("SELECT datname FROM pg_database", "SELECT rolname FROM pg_roles")
        if database.kind == "postgresql"
        else ("SELECT schema_name FROM information_schema.schemata", "SELECT user FROM mysql.user")
    )
    with database.admin_engine().connect() as connection:
        return {row[0] for source in sources for row in connection.execute(text(source))}


def test_a_given_server_is_switched_to_read_only_only_where_others_are_not_hit(database, postgresql):
    administrator = database.administration.server.render_as_string(hide_password=False)

    with open_database(database.kind, administrator, say=silent) as given:
        if postgresql:
            given.read_only(True)
            assert code_of(lambda: run(given, "CREATE TABLE things (name INT)")) == ("InternalError", "25006")
        else:
            with pytest.raises(NotOursError, match="read only as a whole server"):
                given.read_only(True)
        run(database, INSERT)

    assert count(database) == 1


def test_crossed_kinds_are_refused(database, postgresql):
    other = {"mariadb": "mysql", "mysql": "mariadb", "postgresql": "mysql"}[database.kind]
    administrator = database.administration.server.render_as_string(hide_password=False)

    with pytest.raises(Exception, match=r"choose|no address of") as caught, open_database(other, administrator):
        pass

    assert type(caught.value).__name__ == "DatabaseUnavailableError"


def test_an_ordinary_account_is_no_administrator(database):
    with (
        pytest.raises(Exception, match=r"Give the URL of an administrator's account|permission denied") as caught,
        open_database(database.kind, database.url(), say=silent),
    ):
        pass

    assert type(caught.value).__name__ == "DatabaseUnavailableError"


@on(POSTGRESQL)
def test_sessions_are_gone_when_postgresql_has_become_read_only(database):
    with engine_of(database).connect() as connection:
        number = connection.scalar(text("SELECT pg_backend_pid()"))
        for read_only in (True, False):
            database.read_only(read_only)
            with database.admin_engine().connect() as administrator:
                sessions = administrator.execute(text("SELECT pid FROM pg_stat_activity")).scalars().all()
            assert number not in sessions
        connection.invalidate()


def test_locks_do_not_hinder_the_switch_to_read_only(database):
    with engine_of(database).connect() as connection:
        connection.execute(text(INSERT))
        connection.execute(text("SELECT * FROM things FOR UPDATE"))

        database.read_only(True)

        connection.invalidate()
    database.read_only(False)
    eventually(database.quiet, "the lost connection's transaction is over")
    assert count(database) == 0
