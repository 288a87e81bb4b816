"""What only PostgreSQL has: SQLSTATEs, a driver without a read time-out, batches, COPY, encryption."""

import threading
import time

import psycopg
import pytest
from sqlalchemy import exc, text
from testdb import open_database, postgresql_private

from faultlab.proxy import At, How, Rule
from tests.servers.proxied import COMMIT, INSERT, eventually, make_table, open_shop

pytestmark = [
    pytest.mark.control,
    pytest.mark.postgresql,
    pytest.mark.skipif(postgresql_private.find() is None, reason="no PostgreSQL is installed: apt install postgresql"),
]


@pytest.fixture(scope="module")
def database():
    with open_database("postgresql", "local", "proxied") as opened:
        make_table(opened)
        yield opened


@pytest.fixture
def shop(database):
    with open_shop(database, "postgresql", connect_args={"connect_timeout": 2}) as opened:
        yield opened


@pytest.fixture
def connection(shop):
    """The driver's own, through the proxy."""
    url = shop.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    made = psycopg.connect(url)
    yield made
    made.close()


def sell_in_background(shop):
    """A seller who may wait for ever: psycopg has no read timeout."""
    errors = []
    thread = threading.Thread(target=lambda: errors.append(shop.sell()))
    thread.start()
    return thread, errors


@pytest.mark.parametrize("at", [At.BEFORE, At.REPLY])
@pytest.mark.parametrize("statement", [INSERT, COMMIT])
def test_silence_lasts_until_it_is_healed(shop, at, statement):
    """The transaction stays open on the server meanwhile, as it does when a network falls silent."""
    shop.proxy.arm(Rule(at, How.STALL, statement=statement))
    thread, errors = sell_in_background(shop)

    assert eventually(lambda: bool(shop.proxy.firings()))
    thread.join(0.3)
    assert thread.is_alive()
    applied = (at, statement) == (At.REPLY, COMMIT)
    assert shop.database.quiet() is applied
    shop.proxy.heal()
    thread.join()

    assert isinstance(errors[0], exc.OperationalError)
    assert errors[0].connection_invalidated
    assert shop.stored() == int(applied)


ERRORS = [
    ("40P01", psycopg.errors.DeadlockDetected, exc.OperationalError),
    ("55P03", psycopg.errors.LockNotAvailable, exc.OperationalError),
    ("40001", psycopg.errors.SerializationFailure, exc.OperationalError),
    ("57014", psycopg.errors.QueryCanceled, exc.OperationalError),
    ("25006", psycopg.errors.ReadOnlySqlTransaction, exc.InternalError),
]


@pytest.mark.parametrize(("code", "original", "wrapped"), ERRORS, ids=[code for code, _, _ in ERRORS])
@pytest.mark.parametrize(
    ("at", "statement", "rows"),
    [(At.BEFORE, INSERT, 0), (At.BEFORE, COMMIT, 0), (At.REPLY, INSERT, 0), (At.REPLY, COMMIT, 1)],
)
def test_errors_of_the_servers(shop, code, original, wrapped, at, statement, rows):
    """Applied, and yet an error: only where COMMIT was carried out."""
    shop.proxy.arm(Rule(at, How.ERROR, statement=statement, error=code))

    error = shop.sell()

    assert isinstance(error, wrapped)
    assert isinstance(error.orig, original)
    assert not error.connection_invalidated
    assert shop.stored() == rows
    assert shop.sell(2) is None


def test_after_an_error_the_transaction_is_failed_on_the_server_too(shop, connection):
    """As on a real server: a COMMIT that is sent all the same stores nothing."""
    shop.proxy.arm(Rule(At.BEFORE, How.ERROR, statement=r"VALUES \(2\)", error="40001"))

    connection.execute("INSERT INTO sales (id) VALUES (1)")
    with pytest.raises(psycopg.errors.SerializationFailure):
        connection.execute("INSERT INTO sales (id) VALUES (2)")
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        connection.execute("INSERT INTO sales (id) VALUES (3)")
    connection.commit()

    assert shop.stored() == 0
    connection.execute("INSERT INTO sales (id) VALUES (4)")
    connection.commit()
    assert shop.stored() == 1


def test_a_savepoint_survives_an_error(shop, connection):
    shop.proxy.arm(Rule(At.BEFORE, How.ERROR, statement=r"VALUES \(2\)", error="40001"))

    connection.execute("INSERT INTO sales (id) VALUES (1)")
    with pytest.raises(psycopg.errors.SerializationFailure), connection.transaction():
        connection.execute("INSERT INTO sales (id) VALUES (2)")
    connection.commit()

    assert shop.stored() == 1


def test_an_error_with_which_the_server_goes(shop):
    shop.proxy.arm(Rule(At.BEFORE, How.ERROR, statement=INSERT, error="57P01"))

    error = shop.sell()

    assert isinstance(error.orig, psycopg.errors.AdminShutdown)
    assert error.connection_invalidated
    assert shop.stored() == 0


# --- connecting
CONNECTING = [
    (How.RESET, {}, "reset by peer|server closed the connection"),
    (How.FIN, {}, "server closed the connection"),
    (How.CUT, {"count": 5}, "reset by peer|server closed the connection"),
    (How.ERROR, {"error": "53300"}, "FATAL:  sorry, too many clients already"),
    (How.ERROR, {"error": "57P03"}, "FATAL:  the database system is starting up"),
]


@pytest.mark.parametrize(("how", "more", "words"), CONNECTING)
def test_connecting(shop, how, more, words):
    shop.proxy.arm(Rule(At.CONNECT, how, **more))

    with pytest.raises(exc.OperationalError, match=words):
        shop.engine.connect()

    assert shop.sell() is None


def test_connecting_to_silence(shop):
    shop.proxy.arm(Rule(At.CONNECT, How.STALL))

    began = time.monotonic()
    error = shop.sell()

    assert isinstance(error.orig, psycopg.errors.ConnectionTimeout)
    assert time.monotonic() - began >= 1.9
    shop.proxy.heal()
    assert shop.sell() is None


@pytest.mark.parametrize("mode", ["prefer", "allow", "disable"])
def test_encryption_is_turned_down(shop, mode):
    url = shop.engine.url.set(drivername="postgresql", query={"sslmode": mode, "gssencmode": "prefer"})
    shop.proxy.arm(Rule(At.AFTER, How.PASS, statement="SELECT 1"))

    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)

    assert len(shop.proxy.firings()) == 1


def test_who_insists_on_encryption_is_told(shop):
    url = shop.engine.url.set(drivername="postgresql", query={"sslmode": "require"})

    with pytest.raises(psycopg.OperationalError, match="server does not support SSL"):
        psycopg.connect(url.render_as_string(hide_password=False))


# --- the server's process
def test_the_server_is_frozen_while_the_commit_waits(database, shop):
    shop.proxy.arm(Rule(At.BEFORE, How.PASS, statement=COMMIT, then=database.control.pause))
    thread, errors = sell_in_background(shop)

    assert eventually(lambda: bool(shop.proxy.firings()))
    thread.join(0.3)
    assert thread.is_alive()
    shop.proxy.strike(How.RESET)
    thread.join()
    database.control.resume()

    assert errors[0].connection_invalidated
    assert shop.stored() == 1


def test_termination_from_another_connection(shop, connection):
    connection.execute("INSERT INTO sales (id) VALUES (1)")
    with shop.direct.connect() as sql:
        sql.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": connection.info.backend_pid})

    with pytest.raises(psycopg.errors.AdminShutdown):
        connection.execute("INSERT INTO sales (id) VALUES (2)")

    assert shop.stored() == 0


# --- what else the protocol has
def test_prepared_statements_are_met_however_they_are_sent(shop, connection):
    """From the fifth use on psycopg prepares a statement by itself; preparing it is not executing it."""
    shop.proxy.arm(Rule(At.REPLY, How.PASS, statement=INSERT, times=None))

    for number in range(8):
        connection.execute("INSERT INTO sales (id) VALUES (%s)", [number])
        connection.commit()

    assert connection.execute("SELECT COUNT(*) FROM pg_prepared_statements").fetchone() == (1,)
    assert [one.where for one in shop.proxy.firings()] == ["INSERT INTO sales (id) VALUES ($1)"] * 8


@pytest.mark.parametrize("use", range(4, 8))
def test_a_fault_at_a_prepared_statement(shop, connection, use):
    for number in range(use):
        connection.execute("INSERT INTO sales (id) VALUES (%s)", [number])
        connection.commit()
    shop.proxy.arm(Rule(At.BEFORE, How.RESET, statement=COMMIT, after_write=INSERT))

    connection.execute("INSERT INTO sales (id) VALUES (%s)", [use])
    with pytest.raises(psycopg.OperationalError, match="server closed the connection"):
        connection.commit()

    assert shop.stored() == use


def test_everything_passes_through_unchanged(shop, connection):
    """A pipeline, many at once, a copy in and out, a cursor of the server's, a notice; the next statement is in step."""
    connection.autocommit = True
    heard = []
    connection.add_notify_handler(heard.append)
    connection.execute("LISTEN sold")
    with connection.pipeline():
        answers = [connection.execute("SELECT %s::int", [number]) for number in range(20)]
        assert [answer.fetchone() for answer in answers] == [(number,) for number in range(20)]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO sales (id) VALUES (%s)", [[number] for number in range(500)])
        shop.proxy.arm(Rule(At.REPLY, How.PASS, statement="^COPY", times=3))
        with cursor.copy("COPY sales (id, note) FROM STDIN") as copy:
            for number in range(500, 5000):
                copy.write_row((number, "x" * 100))
        with cursor.copy("COPY sales (id) TO STDOUT") as copy:
            assert sum(1 for _ in copy.rows()) == 5000
        with pytest.raises(psycopg.errors.UniqueViolation), cursor.copy("COPY sales (id) FROM STDIN") as copy:
            copy.write_row((1,))
    with connection.transaction(), connection.cursor("rows") as cursor:
        cursor.itersize = 100
        cursor.execute("SELECT id FROM sales ORDER BY id")
        assert [row[0] for row in cursor] == list(range(5000))
    connection.execute("NOTIFY sold, 'one'; SELECT 1; DO $$ BEGIN RAISE NOTICE 'hello'; END $$")
    shop.proxy.arm(Rule(At.REPLY, How.PASS, statement="SELECT 'end'"))
    assert connection.execute("SELECT 'end'").fetchone() == ("end",)

    assert [one.where.split()[0] for one in shop.proxy.firings()] == ["COPY", "COPY", "COPY", "SELECT"]
    assert [one.payload for one in heard] == ["one"]


def test_a_commit_in_a_pipeline(shop, connection):
    shop.proxy.arm(Rule(At.REPLY, How.RESET, statement=COMMIT, after_write=INSERT))

    def sell():
        with connection.pipeline():
            connection.execute("INSERT INTO sales (id) VALUES (1)")
            connection.commit()

    with pytest.raises(psycopg.OperationalError):
        sell()

    assert shop.stored() == 1


def test_a_query_can_be_cancelled(connection):
    canceller = threading.Timer(0.2, connection.cancel_safe)
    canceller.start()

    with pytest.raises(psycopg.errors.QueryCanceled):
        connection.execute("SELECT pg_sleep(10)")

    canceller.join()


def test_long_statements_and_long_rows(shop, connection):
    note = "x" * (17 << 20)
    shop.proxy.arm(Rule(At.REPLY, How.PASS, statement="INSERT|SELECT", times=None))

    connection.execute("INSERT INTO sales VALUES (1, %s)", [note])
    assert connection.execute("SELECT note FROM sales").fetchone() == (note,)

    assert len(shop.proxy.firings()) == 2
