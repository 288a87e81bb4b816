"""What only MySQL and MariaDB have: error numbers, time-outs of PyMySQL, their packets."""

import time

import pymysql
import pytest
from pymysql.constants import COMMAND
from sqlalchemy import exc, text
from testdb import mysql_private, open_database

from faultlab.proxy import At, How, Rule
from tests.servers.proxied import COMMIT, INSERT, eventually, make_table, open_shop

PROGRAM = mysql_private.find()
TIMEOUT = 0.5

pytestmark = [
    pytest.mark.control,
    pytest.mark.skipif(PROGRAM is None, reason="no MySQL or MariaDB server is installed: apt install mariadb-server"),
]


@pytest.fixture(scope="module")
def database():
    with open_database("mariadb" if PROGRAM.mariadb else "mysql", "local", "proxied") as opened:
        make_table(opened)
        yield opened


@pytest.fixture
def shop(database):
    with open_shop(database, "mysql", connect_args={"read_timeout": TIMEOUT, "connect_timeout": TIMEOUT}) as opened:
        yield opened


@pytest.fixture
def driver(shop):
    """Connections of the driver's own, through the proxy."""
    made = []

    def connect(**options):
        url = shop.engine.url
        made.append(
            pymysql.connect(
                host=url.host, port=url.port, user=url.username, password=url.password, database=url.database, **options
            )
        )
        return made[-1]

    yield connect
    for connection in made:
        if connection.open:
            connection.close()


def number(error: exc.DBAPIError) -> int:
    return error.orig.args[0]


@pytest.mark.parametrize("at", [At.BEFORE, At.REPLY])
@pytest.mark.parametrize("statement", [INSERT, COMMIT])
def test_silence_ends_with_the_read_timeout(shop, at, statement):
    """The transaction stays open on the server until the network heals, as it does when a network falls silent."""
    shop.proxy.arm(Rule(at, How.STALL, statement=statement))

    began = time.monotonic()
    error = shop.sell()

    assert time.monotonic() - began >= TIMEOUT
    assert (number(error), "timed out" in str(error), error.connection_invalidated) == (2013, True, True)
    applied = (at, statement) == (At.REPLY, COMMIT)
    assert shop.database.quiet() is (applied or (at, statement) == (At.BEFORE, INSERT))
    shop.proxy.heal()
    assert shop.stored() == int(applied)


def test_silence_between_the_write_and_its_commit(shop):
    shop.proxy.arm(Rule(At.AFTER, How.STALL, statement=INSERT))

    assert number(shop.sell()) == 2013

    assert not shop.database.quiet()
    shop.proxy.heal()
    assert shop.stored() == 0


@pytest.mark.parametrize("code", [1205, 1213, 1290, 3024])
@pytest.mark.parametrize(
    ("at", "statement", "rows"),
    [(At.BEFORE, INSERT, 0), (At.BEFORE, COMMIT, 0), (At.REPLY, INSERT, 0), (At.REPLY, COMMIT, 1)],
)
def test_errors_of_the_servers(shop, code, at, statement, rows):
    """Applied, and yet an error: only where COMMIT was carried out."""
    shop.proxy.arm(Rule(at, How.ERROR, statement=statement, error=code))

    error = shop.sell()

    assert isinstance(error, exc.OperationalError)
    assert (number(error), error.connection_invalidated) == (code, False)
    assert shop.stored() == rows
    assert shop.sell(2) is None


def test_after_a_deadlock_nothing_of_the_transaction_is_stored_even_if_it_goes_on(shop):
    """As on a real server: the client that ignores the error commits only what it did afterwards."""
    shop.proxy.arm(Rule(At.BEFORE, How.ERROR, statement="VALUES \\(2\\)", error=1213))

    with shop.engine.connect() as sql:
        sql.execute(text("INSERT INTO sales (id) VALUES (1)"))
        with pytest.raises(exc.OperationalError, match="1213"):
            sql.exec_driver_sql("INSERT INTO sales (id) VALUES (2)")
        sql.execute(text("INSERT INTO sales (id) VALUES (3)"))
        sql.commit()

    with shop.direct.connect() as sql:
        assert sql.scalars(text("SELECT id FROM sales")).all() == [3]


def test_an_error_with_which_the_server_goes(shop, driver):
    connection = driver()
    shop.proxy.arm(Rule(At.BEFORE, How.ERROR, statement=INSERT, error=1053))

    with connection.cursor() as cursor, pytest.raises(pymysql.OperationalError, match="1053"):
        cursor.execute("INSERT INTO sales (id) VALUES (1)")
    with pytest.raises(pymysql.OperationalError, match=r"2006|2013"):
        connection.rollback()

    assert shop.stored() == 0


# --- connecting
CONNECTING = [
    (How.RESET, {}, {2003, 2013}, False),
    (How.FIN, {}, {2003, 2013}, False),
    (How.CUT, {"count": 5}, {2003, 2013}, False),
    (How.STALL, {}, {2013}, True),
    (How.ERROR, {"error": 1040}, {1040}, False),
    (How.ERROR, {"error": 1203}, {1203}, False),
]


@pytest.mark.parametrize(("how", "more", "codes", "slow"), CONNECTING)
def test_connecting(shop, how, more, codes, slow):
    shop.proxy.arm(Rule(At.CONNECT, how, **more))

    began = time.monotonic()
    error = shop.sell()

    assert isinstance(error, exc.OperationalError)
    assert number(error) in codes
    assert (time.monotonic() - began >= TIMEOUT) is slow
    assert shop.sell() is None


def test_the_password_is_exchanged_without_tls(database, shop):
    """Also by RSA, on a server whose accounts ask for it."""
    with shop.engine.connect() as sql:
        assert sql.exec_driver_sql("SHOW STATUS LIKE 'Ssl_cipher'").one() == ("Ssl_cipher", "")
    shop.engine.dispose()
    assert eventually(lambda: shop.proxy.connections() == 0)


# --- the server's process
def test_the_server_is_frozen_while_the_commit_waits(database, shop):
    shop.proxy.arm(Rule(At.BEFORE, How.PASS, statement=COMMIT, then=database.control.pause))

    error = shop.sell()
    database.control.resume()

    assert number(error) == 2013
    assert shop.stored() == 1


def test_kill_from_another_connection(shop):
    with shop.engine.connect() as connection, shop.direct.connect() as sql:
        connection.execute(text("INSERT INTO sales (id) VALUES (1)"))
        sql.execute(text(f"KILL {connection.scalar(text('SELECT CONNECTION_ID()'))}"))
        with pytest.raises(exc.OperationalError) as caught:
            connection.execute(text("INSERT INTO sales (id) VALUES (2)"))

    assert number(caught.value) in (1927, 2006, 2013)
    assert caught.value.connection_invalidated
    assert shop.stored() == 0


# --- what else the protocol has
def test_everything_passes_through_unchanged(shop, driver):
    """Many results, an error, unbuffered rows, and the next statement is still in step."""
    connection = driver(client_flag=pymysql.constants.CLIENT.MULTI_STATEMENTS, autocommit=True)
    shop.proxy.arm(Rule(At.REPLY, How.PASS, statement="SELECT 'end'"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1; SELECT 2, 3; DO 0; SELECT 'last'")
        results = [list(cursor.fetchall())]
        while cursor.nextset():
            results.append(list(cursor.fetchall()))
        assert results == [[(1,)], [(2, 3)], [], [("last",)]]
        with pytest.raises(pymysql.ProgrammingError):
            cursor.execute("SELEC")
    with connection.cursor(pymysql.cursors.SSCursor) as cursor:
        cursor.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i FROM n")
        assert sum(row[0] for row in cursor) == 900 * 901 // 2
    connection.ping(reconnect=False)
    connection.select_db(shop.engine.url.database)
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'end'")

    assert [one.where for one in shop.proxy.firings()] == ["SELECT 'end'"]


@pytest.mark.parametrize("size", [1 << 20, 0xFFFFFF - 40, (1 << 24) + 100])
def test_long_statements_and_long_rows(shop, driver, size):
    with shop.direct.connect() as sql:
        sql.execute(text("SET GLOBAL max_allowed_packet = 64 * 1024 * 1024"))
        sql.execute(text("ALTER TABLE sales MODIFY note LONGTEXT"))
    connection = driver(autocommit=True)
    shop.proxy.arm(Rule(At.REPLY, How.PASS, statement="INSERT|SELECT", times=None))

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO sales VALUES (1, %s)", ["x" * size])
        cursor.execute("SELECT note FROM sales")
        assert cursor.fetchone() == ("x" * size,)
        cursor.execute("SELECT id FROM sales")
        assert cursor.fetchone() == (1,)

    assert len(shop.proxy.firings()) == 3


def test_prepared_statements_are_met_when_they_are_executed(shop, driver):
    """PyMySQL has none: the packets are made here."""
    connection = driver()
    shop.proxy.arm(
        Rule(At.REPLY, How.PASS, statement="INSERT"), Rule(At.BEFORE, How.RESET, statement=COMMIT, after_write="INSERT")
    )
    connection._execute_command(COMMAND.COM_STMT_PREPARE, "INSERT INTO sales (id) VALUES (?)")
    prepared = connection._read_packet().get_all_data()
    for _ in range(2):  # the parameter, and EOF
        connection._read_packet()
    assert shop.proxy.firings() == []
    value = b"\0" * 4 + b"\1\0\0\0" + b"\0" + b"\1" + b"\x08\0" + (7).to_bytes(8, "little")
    connection._execute_command(COMMAND.COM_STMT_EXECUTE, prepared[1:5] + value[3:])
    assert connection._read_packet().is_ok_packet()

    with pytest.raises(pymysql.OperationalError, match="2013"):
        connection.commit()

    assert [one.where for one in shop.proxy.firings()] == ["INSERT INTO sales (id) VALUES (?)", "COMMIT"]
    assert shop.stored() == 0


def test_load_data_local(shop, driver, tmp_path):
    file = tmp_path / "sales.csv"
    file.write_text("".join(f"{number}\n" for number in range(200_000)))
    with shop.direct.connect() as sql:
        sql.execute(text("SET GLOBAL local_infile = 1"))
    connection = driver(local_infile=True)
    shop.proxy.arm(
        Rule(At.REPLY, How.PASS, statement="LOAD DATA"),
        Rule(At.REPLY, How.RESET, statement=COMMIT, after_write="LOAD DATA"),
    )
    with connection.cursor() as cursor:
        cursor.execute(f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE sales (id)")

    with pytest.raises(pymysql.OperationalError, match="2013"):
        connection.commit()

    assert shop.stored() == 200_000
    assert len(shop.proxy.firings()) == 2


def test_the_story_of_one_transaction(shop):
    """Every statement that the driver sends is seen."""
    shop.proxy.arm(Rule(At.AFTER, How.PASS, times=None))

    shop.sell()

    def seen():
        return [one.where for one in shop.proxy.firings()]

    story = ["INSERT INTO sales (id) VALUES (1)", "COMMIT", "ROLLBACK"]  # ROLLBACK is the pool's, before the next use
    assert eventually(lambda: seen()[-3:] == story)  # the driver has the last reply a moment before its fault is noted
    assert any("AUTOCOMMIT" in statement.upper() for statement in seen())
