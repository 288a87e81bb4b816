"""Numbers of connections, and ending one from another: only one's own, and never a stranger that has got its number."""

from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from backend.core.db import connections as db_connections
from backend.core.db import db
from backend.core.db.connections import ServerSession
from tests.unit.core.support import database_error

OURS, HERE = 20, "db-1:3306 since 1790000000"


def session_on(driver, name, connection=None, **session):
    dialect = SimpleNamespace(driver=driver, name=name)
    raw = SimpleNamespace(connection=SimpleNamespace(dbapi_connection=connection, info={"origin": HERE}))
    return Mock(get_bind=lambda: SimpleNamespace(dialect=dialect), connection=lambda: raw, **session)


def mysql(name="mysql", **session):
    return session_on("pymysql", name, SimpleNamespace(thread_id=lambda: OURS), **session)


def postgresql(**session):
    connection = SimpleNamespace(info=SimpleNamespace(backend_pid=OURS))
    return session_on("psycopg", "postgresql", connection, **session)


class TestNumber:
    @pytest.mark.parametrize("session", [mysql(), mysql("mariadb"), postgresql()])
    def test_is_read_from_the_driver(self, session):
        assert db_connections.number(session) == (OURS, HERE)
        session.execute.assert_not_called()

    def test_sqlite_has_none(self, session):
        assert db_connections.number(db.session()) is None


class TestEnd:
    @pytest.mark.parametrize("name", ["mysql", "mariadb"])
    def test_mysql(self, name):
        session = mysql(name)

        db_connections.end(session, ServerSession(19, HERE))

        statement, values = session.execute.call_args.args
        assert str(statement) == "KILL :number"
        assert values == {"number": 19}

    @pytest.mark.parametrize(
        "gone",
        [
            ServerSession(OURS, HERE),
            ServerSession(OURS + 1, HERE),
            ServerSession(19, "db-1:3306 since 1790000099"),
            ServerSession(19, "db-2:3306 since 1790000000"),
            ServerSession(19, ""),
        ],
        ids=["our own", "later than ours", "before a restart", "on the server before a failover", "of unknown origin"],
    )
    def test_mysql_ends_nobody_whose_number_another_server_gave(self, gone):
        session = mysql()

        db_connections.end(session, gone)

        session.execute.assert_not_called()

    def test_postgresql_ends_only_what_is_the_same_users(self):
        session = postgresql()

        db_connections.end(session, ServerSession(99, HERE))

        statement, values = session.execute.call_args.args
        assert "pg_terminate_backend(pid)" in str(statement)
        assert "usename = current_user AND datname = current_database()" in str(statement)
        assert "backend_start = CAST(:origin AS timestamptz)" in str(statement)
        assert values == {"number": 99, "origin": HERE}

    def test_one_that_has_ended_already_is_fine(self):
        session = mysql(execute=Mock(side_effect=database_error(1094, "Unknown thread id")))

        assert db_connections.end(session, ServerSession(19, HERE)) is None

    @pytest.mark.parametrize("code", [2013, 2003])
    def test_own_connection_that_breaks_is_an_error(self, code):
        error = database_error(code, "broken")
        session = mysql(execute=Mock(side_effect=error))

        with pytest.raises(type(error)):
            db_connections.end(session, ServerSession(19, HERE))
