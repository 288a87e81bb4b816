"""A lazy MySQL connection, against a server in this process: what it sends, and when."""

import pymysql
import pytest
from pymysql.constants.SERVER_STATUS import SERVER_STATUS_AUTOCOMMIT, SERVER_STATUS_IN_TRANS

from backend.core.db import mysql as db_mysql
from backend.core.db.mysql import LazyConnection

DEADLOCK = pymysql.err.OperationalError(1213, "Deadlock found")
DUPLICATE = pymysql.err.IntegrityError(1062, "Duplicate entry")


class FakeServer:
    """Writes down what it is sent; says in every answer but an error whether a transaction is open."""

    def __init__(self, connection: LazyConnection) -> None:
        self.connection = connection
        self.sent: list[str] = []
        self.open = False
        self.error: Exception | None = None

    def take(self, _command: int, sql: str | bytes | bytearray) -> None:
        statement = sql if isinstance(sql, str) else bytes(sql).decode()
        self.sent.append(statement)
        self.open = {"BEGIN": True, "COMMIT": False, "ROLLBACK": False}.get(statement, self.open)

    def answer(self, *, unbuffered: bool = False) -> int:
        if self.error is not None:
            error, self.error = self.error, None
            self.open = self.open and error is not DEADLOCK
            raise error
        self.connection.server_status = SERVER_STATUS_AUTOCOMMIT | (SERVER_STATUS_IN_TRANS if self.open else 0)
        return 0


@pytest.fixture
def connection() -> LazyConnection:
    connection = LazyConnection(defer_connect=True, autocommit=True)
    connection.server_status = SERVER_STATUS_AUTOCOMMIT
    return connection


@pytest.fixture
def server(connection) -> FakeServer:
    server = FakeServer(connection)
    connection._execute_command = server.take
    connection._read_query_result = connection._read_ok_packet = server.answer
    return server


def refused(connection: LazyConnection, server: FakeServer, sql: str, error: Exception) -> None:
    server.error = error
    with pytest.raises(type(error)):
        connection.query(sql)


class TestReading:
    @pytest.mark.parametrize("end", ["commit", "rollback"])
    def test_there_is_nothing_to_end(self, connection, server, end):
        connection.query("SELECT 1")

        getattr(connection, end)()

        assert server.sent == ["SELECT 1"]

    @pytest.mark.parametrize(
        ("first", "second", "begin"),
        [
            ("SELECT 1", "SELECT 2", []),
            ("UPDATE t SET a = 1", "SELECT 1", ["BEGIN"]),
            ("INSERT 1", "INSERT 2", ["BEGIN"]),
        ],
        ids=["reading opens no transaction", "inside of one it reads there", "writing begins once"],
    )
    def test_and_writing(self, connection, server, first, second, begin):
        connection.query(first)
        connection.query(second)

        assert server.sent == [*begin, first, second]


class TestWriting:
    @pytest.mark.parametrize("sql", ["INSERT INTO t VALUES (1)", "SELECT 1 FOR UPDATE", bytearray(b"INSERT 2")])
    def test_it_begins_before_the_first_one(self, connection, server, sql):
        connection.query(sql)

        assert server.sent[0] == "BEGIN"
        assert len(server.sent) == 2
        assert connection.in_transaction

    @pytest.mark.parametrize(("end", "sent"), [("commit", "COMMIT"), ("rollback", "ROLLBACK")])
    def test_it_is_ended_once(self, connection, server, end, sent):
        connection.query("INSERT 1")

        getattr(connection, end)()
        getattr(connection, end)()

        assert server.sent == ["BEGIN", "INSERT 1", sent]
        assert not connection.in_transaction

    def test_after_the_end_the_next_write_begins_anew(self, connection, server):
        for number in (1, 2):
            connection.query(f"INSERT {number}")
            connection.commit()

        assert server.sent == ["BEGIN", "INSERT 1", "COMMIT", "BEGIN", "INSERT 2", "COMMIT"]


class TestErrors:
    """An error packet does not say whether the transaction lives on: the server is asked before the next write."""

    def test_a_deadlock_ended_it_so_the_next_write_begins_anew(self, connection, server):
        connection.query("INSERT 1")
        refused(connection, server, "INSERT 2", DEADLOCK)

        connection.query("INSERT 3")

        assert server.sent == ["BEGIN", "INSERT 1", "INSERT 2", "DO 0", "BEGIN", "INSERT 3"]

    def test_a_duplicate_did_not(self, connection, server):
        connection.query("INSERT 1")
        refused(connection, server, "INSERT 2", DUPLICATE)

        connection.query("INSERT 3")
        connection.query("INSERT 4")

        assert server.sent == ["BEGIN", "INSERT 1", "INSERT 2", "DO 0", "INSERT 3", "INSERT 4"]

    def test_after_an_error_rolling_back_is_sent(self, connection, server):
        connection.query("INSERT 1")
        refused(connection, server, "INSERT 2", DEADLOCK)

        connection.rollback()

        assert server.sent[-1] == "ROLLBACK"

    def test_an_error_while_reading_leaves_nothing_in_doubt(self, connection, server):
        refused(connection, server, "SELECT nonsense", pymysql.err.ProgrammingError(1054, "Unknown column"))

        connection.query("INSERT 1")

        assert server.sent == ["SELECT nonsense", "BEGIN", "INSERT 1"]


def test_an_engine_opens_them_in_autocommit_mode():
    connection = db_mysql.connect(None, None, [], {"defer_connect": True, "read_timeout": 3})

    assert isinstance(connection, LazyConnection)
    assert connection.autocommit_mode is True
    assert connection._read_timeout == 3
