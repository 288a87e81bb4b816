"""A lazy MySQL connection, against a server in this process: what it sends, and when."""

from unittest.mock import MagicMock, Mock

import pymysql
import pytest
from pymysql.constants.SERVER_STATUS import SERVER_STATUS_AUTOCOMMIT, SERVER_STATUS_IN_TRANS

from backend.core.db import mysql as db_mysql
from backend.core.db.mysql import LazyConnection
from tests.framework.tables import table

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


class TestOrigin:
    """Which server numbered a connection."""

    @pytest.fixture
    def asked(self):
        """`asked("8.4.3", row)`: what `origin` gives, and the statement that it sent; `row` is the answer or an error."""

        def ask(version, row):
            cursor = MagicMock()
            cursor.__enter__.return_value = cursor
            cursor.execute.side_effect = row if isinstance(row, Exception) else None
            cursor.fetchone.return_value = row
            connection = Mock(get_server_info=lambda: version, cursor=lambda: cursor)
            return db_mysql.origin(connection), cursor.execute.call_args.args[0]

        return ask

    @table("version, schema", [("8.4.3", "performance_schema"), ("10.11.19-MariaDB-log", "information_schema")])
    def test_is_asked_for_where_the_server_keeps_it(self, asked, version, schema):
        found, statement = asked(version, ("db1:3306 since 1790000000",))

        assert found == "db1:3306 since 1790000000"
        assert f"{schema}.global_status" in statement

    @table("row", [None, *(pymysql.err.ProgrammingError(number, "no") for number in (1109, 1142, 1146))])
    def test_is_empty_where_the_server_does_not_tell(self, asked, row):
        assert asked("8.4.3", row)[0] == ""

    def test_any_other_error_is_raised(self, asked):
        with pytest.raises(pymysql.err.OperationalError):
            asked("8.4.3", pymysql.err.OperationalError(2013, "Lost connection"))
