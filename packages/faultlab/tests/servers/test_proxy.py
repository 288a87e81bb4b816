"""The proxy between SQLAlchemy and a real server: what the client is told and what is stored, the same on every database."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import exc, text
from testdb import mysql_private, open_database, postgresql_private

from faultlab.proxy import At, How, Rule
from tests.servers.proxied import BLOWS, COMMIT, INSERT, eventually, make_table, open_shop

MYSQL = mysql_private.find()


@dataclass(frozen=True)
class Dialect:
    """What differs: how a lost connection and a closed port are told, and how a session is named and ended."""

    kind: str
    protocol: str
    lost: Callable[[exc.DBAPIError], bool]
    closed: str
    session: str
    end: str
    options: dict[str, Any] = field(default_factory=dict)


DIALECTS = [
    pytest.param(
        Dialect(
            kind="mariadb" if MYSQL and MYSQL.mariadb else "mysql",
            protocol="mysql",
            lost=lambda error: error.orig.args[0] in (2006, 2013),
            closed="2003",
            session="SELECT CONNECTION_ID()",
            end="KILL :session",
            options={"read_timeout": 0.5, "connect_timeout": 0.5},
        ),
        id="mysql",
        marks=pytest.mark.skipif(MYSQL is None, reason="no MySQL or MariaDB is installed: apt install mariadb-server"),
    ),
    pytest.param(
        Dialect(
            kind="postgresql",
            protocol="postgresql",
            lost=lambda error: "server closed the connection unexpectedly" in str(error),
            closed="Connection refused",
            session="SELECT pg_backend_pid()",
            end="SELECT pg_terminate_backend(:session)",
            options={"connect_timeout": 2},
        ),
        id="postgresql",
        marks=[
            pytest.mark.postgresql,
            pytest.mark.skipif(
                postgresql_private.find() is None, reason="no PostgreSQL is installed: apt install postgresql"
            ),
        ],
    ),
]
pytestmark = pytest.mark.control


@pytest.fixture(scope="module", params=DIALECTS)
def dialect(request):
    return request.param


@pytest.fixture(scope="module")
def database(dialect):
    with open_database(dialect.kind, "local", "proxied") as opened:
        make_table(opened)
        yield opened


@pytest.fixture
def shop(dialect, database):
    with open_shop(database, dialect.protocol, connect_args=dialect.options) as opened:
        yield opened


@BLOWS
def test_what_is_told_and_what_is_stored(dialect, shop, blow):
    error = shop.refuses(blow)

    assert (error is None) is blow.told
    assert shop.stored() == blow.rows
    if error:
        assert isinstance(error, exc.OperationalError)
        assert dialect.lost(error)
        assert error.connection_invalidated
    assert shop.fired() == [(blow.statement, "")]
    shop.engine.dispose()
    assert shop.sell(2) is None


def test_a_commit_that_arrives_late(dialect, shop):
    """A look at the table says that nothing was stored, and a moment later it is."""
    shop.proxy.arm(Rule(At.BEFORE, How.HOLD, statement=COMMIT, after_write=INSERT))

    error = shop.sell()

    assert dialect.lost(error)
    assert error.connection_invalidated
    assert (shop.rows(), shop.proxy.held(), shop.database.quiet()) == (0, 1, False)
    assert shop.proxy.release() == 1
    assert (shop.rows(), shop.proxy.held()) == (1, 0)


def test_the_same_insert_waits_for_a_commit_that_arrives_late(shop):
    shop.proxy.arm(Rule(At.BEFORE, How.HOLD, statement=COMMIT, seconds=0.3))
    shop.sell()

    error = shop.sell()

    assert isinstance(error, exc.IntegrityError)
    assert shop.rows() == 1


def test_a_connection_that_was_ended_never_gets_its_late_commit(dialect, shop):
    with shop.engine.connect() as sql:
        session = sql.scalar(text(dialect.session))
    shop.proxy.arm(Rule(At.BEFORE, How.HOLD, statement=COMMIT, after_write=INSERT))
    shop.sell()
    with shop.direct.connect() as sql:
        sql.execute(text(dialect.end), {"session": session})

    assert eventually(lambda: shop.proxy.held() == 0)
    assert shop.stored() == 0


def test_a_held_write_is_rolled_back_with_its_connection(shop):
    shop.proxy.arm(Rule(At.BEFORE, How.HOLD, statement=INSERT))

    assert shop.sell().connection_invalidated
    shop.proxy.release()

    assert shop.stored() == 0


def test_connecting_to_a_closed_port(dialect, shop):
    shop.proxy.refuse()

    with pytest.raises(exc.OperationalError, match=dialect.closed):
        shop.engine.connect()

    shop.proxy.admit()
    assert shop.sell() is None


def test_connecting_slowly(shop):
    shop.proxy.arm(Rule(At.CONNECT, How.SLOW, seconds=0.001))

    assert shop.sell() is None


def test_an_idle_connection_that_was_cut(shop):
    """The pool hands it out once more; the next one is new."""
    assert shop.sell() is None
    shop.proxy.strike(How.FIN)

    assert shop.sell(2).connection_invalidated
    assert shop.sell(3) is None
    assert shop.stored() == 2


@pytest.mark.parametrize(
    ("at", "how", "statement", "rows"),
    [
        (At.REPLY, How.RESET, INSERT, 0),
        (At.AFTER, How.PASS, INSERT, 0),
        (At.BEFORE, How.PASS, COMMIT, 0),
        (At.REPLY, How.RESET, COMMIT, 1),
    ],
)
def test_the_server_is_killed_while_the_frame_waits(database, shop, at, how, statement, rows):
    shop.proxy.arm(Rule(at, how, statement=statement, then=database.control.kill))

    error = shop.sell()
    again = shop.sell(2)
    database.control.start()
    database.control.wait_ready()

    assert error.connection_invalidated
    assert isinstance(again, exc.OperationalError)
    assert shop.stored() == rows
    assert shop.fired() == [(statement, "")]
    assert shop.sell(3) is None


def test_many_connections_at_once(dialect, shop):
    """Five sellers, of whom three hear of a lost COMMIT that was applied."""
    shop.proxy.arm(Rule(At.REPLY, How.RESET, statement=COMMIT, after_write=INSERT, times=3))
    errors = []
    threads = [threading.Thread(target=lambda number=number: errors.append(shop.sell(number))) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [dialect.lost(error) for error in errors if error] == [True] * 3
    assert len(shop.proxy.firings()) == 3
    assert shop.stored() == 5
