"""The database: engines with timeouts, connections set up alike, and a teardown that never spoils an answer."""

import sqlite3
from datetime import UTC, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Self
from unittest.mock import Mock

import pytest
from sqlalchemy import create_engine, event, text
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.schema import CreateTable

from backend.core.db import db
from backend.core.db import engine as module
from backend.core.db import monitor as db_monitor
from backend.core.db.engine import engine_options, prepare_engine
from backend.core.db.errors import DatabaseFault, classify
from backend.core.errors import DatabaseUnavailableError
from backend.core.observability import metrics
from backend.core.security.access import public
from backend.core.web.envelope import JSON
from backend.core.web.route import Route
from backend.settings import Settings
from tests.framework.tables import table
from tests.unit.core.support import Thing, app_fixture, application, database_error, things

MYSQL = make_url("mysql+pymysql://u:p@127.0.0.1/x")
POSTGRESQL = make_url("postgresql+psycopg://u:p@127.0.0.1/x")
READONLY = "attempt to write a readonly database"


def read() -> None:
    db.session.scalar(db.select(Thing.id))


def add() -> None:
    db.session.add(Thing(name="new"))
    db.session.flush()


app = app_fixture()


class FakeConnection:
    """A driver's connection that writes down what is executed; as context manager, it is its own cursor."""

    def __init__(self, version: str = "8.4.3") -> None:
        self.statements: list[str] = []
        self.version = version
        self.committed = False

    def get_server_info(self) -> str:
        return self.version

    def cursor(self) -> "FakeConnection":
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """A cursor has nothing to give back here."""

    def execute(self, statement: str) -> None:
        self.statements.append(statement)

    def commit(self) -> None:
        self.committed = True


def set_up(kind: str, connection: FakeConnection) -> str:
    settings = Settings(db_lock_timeout=1, db_statement_timeout=2.5, db_read_timeout=4)
    module._SESSION_SETUP[kind](settings)(connection, None)
    return "; ".join(connection.statements)


class TestSessionSetup:
    @pytest.mark.parametrize("kind", ["mysql", "mariadb"])
    @table(
        "version, limit",
        [("8.4.3", "max_execution_time=2500"), ("11.4.2-MariaDB-ubu2404", "max_statement_time=2.5")],
    )
    def test_mysql_and_mariadb_limit_statements_each_in_its_way(self, kind, version, limit):
        statements = set_up(kind, FakeConnection(version))

        assert limit in statements
        assert "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED" in statements
        assert "innodb_lock_wait_timeout=1" in statements
        assert "time_zone='+00:00'" in statements
        assert "STRICT_ALL_TABLES" in statements
        assert f"wait_timeout={module.SERVER_IDLE_TIMEOUT}" in statements

    def test_postgresql(self):
        connection = FakeConnection()

        statements = set_up("postgresql", connection)

        assert statements == "SET statement_timeout=2500; SET lock_timeout=1000; SET TIME ZONE 'UTC'"
        assert connection.committed

    def test_sqlite_enforces_foreign_keys(self, app):
        with app.app_context(), pytest.raises(IntegrityError, match="FOREIGN KEY"):
            db.session.execute(db.insert(Thing).values(name="x", box_id=12345))


class TestEngineOptions:
    def test_mysql_times_out_everywhere_and_waits_for_no_third_connection(self):
        settings = Settings(db_pool_size=2, db_pool_timeout=0.3, db_connect_timeout=2, db_read_timeout=3)

        options = engine_options(settings, MYSQL)

        assert options.pop("poolclass").threads == settings.server_threads
        assert options == {
            "connect_args": {"connect_timeout": 2, "read_timeout": 3, "write_timeout": 3},
            "hide_parameters": True,
            "pool_size": 2,
            "max_overflow": 0,
            "pool_timeout": 0.3,
            "pool_recycle": 280,
            "pool_use_lifo": True,
        }

    @table(
        "url, arguments",
        {
            "no read timeout in the client": (POSTGRESQL, {"connect_timeout": 2}),
            "waits for the write lock as long as for a reply": (
                make_url("sqlite://"),
                {"timeout": 4, "check_same_thread": False},
            ),
        },
    )
    def test_others_connect_in_their_own_way(self, url, arguments):
        assert engine_options(Settings(db_read_timeout=4), url)["connect_args"] == arguments

    @table("url", [MYSQL, POSTGRESQL, make_url("sqlite://")])
    def test_each_of_them_makes_an_engine(self, url):
        engine = create_engine(url, **engine_options(Settings(), url))

        assert engine.hide_parameters

    def test_the_text_of_an_error_does_not_show_the_values(self, app):
        with app.app_context(), pytest.raises(IntegrityError) as caught:
            db.session.execute(db.insert(Thing).values(name="planted-value", box_id=12345))

        assert "planted-value" not in str(caught.value)

    def test_the_folder_of_an_sqlite_file_is_made(self, tmp_path):
        file = tmp_path / "a" / "b" / "test.sqlite3"

        with application(database_url=f"sqlite:///{file}"):
            made = file.is_file()

        assert made


class TestConnections:
    """An engine over an SQLite file: a pool like that of the others, without a server."""

    @pytest.fixture
    def monitor(self):
        return db_monitor.Monitor(make_url("sqlite://"), interval=3600)

    @pytest.fixture
    def engine(self, tmp_path, monitor):
        url = make_url(f"sqlite:///{tmp_path}/test.sqlite3")
        engine = create_engine(url, **engine_options(Settings(), url))
        prepare_engine(engine, Settings(), monitor)
        yield engine
        engine.dispose()

    @pytest.fixture
    def clock(self, monkeypatch):
        """`clock.seconds` is the time that connections are idle by."""
        clock = SimpleNamespace(seconds=100.0)
        monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: clock.seconds))
        return clock

    @pytest.fixture
    def pings(self, engine, monkeypatch):
        """The pings that were sent; `pings.side_effect` is what the next ones meet."""
        pings = Mock(return_value=True)
        monkeypatch.setattr(engine.dialect, "do_ping", pings)
        return pings

    @staticmethod
    def use(engine):
        with engine.connect() as connection:
            return connection.connection.dbapi_connection

    @pytest.mark.parametrize(("share", "count"), [(0.5, 0), (1, 1)], ids=["busy", "idle"])
    def test_an_idle_connection_is_pinged_and_a_busy_one_not(self, engine, clock, pings, share, count):
        first = self.use(engine)
        clock.seconds += module.IDLE_SECONDS_BEFORE_PING * share

        second = self.use(engine)

        assert first is second
        assert pings.call_count == count

    @pytest.mark.parametrize("answer", [[False], sqlite3.OperationalError("gone")], ids=["no", "an error"])
    def test_a_connection_that_died_idle_is_replaced(self, engine, clock, pings, answer):
        first = self.use(engine)
        clock.seconds += 60
        pings.side_effect = answer

        second = self.use(engine)

        assert first is not second

    def test_a_failed_ping_wakes_the_monitor(self, engine, clock, pings, monitor):
        self.use(engine)
        clock.seconds += 60
        pings.side_effect = sqlite3.OperationalError("gone")

        self.use(engine)

        assert monitor._wake.is_set()

    def test_check_outs_are_counted(self, engine):
        before = metrics.DB_CHECKOUTS._value.get()

        self.use(engine)

        assert metrics.DB_CHECKOUTS._value.get() == before + 1

    @pytest.mark.parametrize("pooled", [False, True])
    def test_while_the_database_is_down_nobody_connects_or_takes_a_pooled_connection(self, engine, monitor, pooled):
        if pooled:
            self.use(engine)
        monitor.state = db_monitor.State.DOWN

        with pytest.raises(DatabaseUnavailableError):
            engine.connect()

    def test_a_connection_to_a_readonly_server_is_thrown_away(self, engine, monitor):
        thrown_away = []
        event.listen(engine, "invalidate", lambda *_: thrown_away.append(1))

        with engine.connect() as connection:
            connection.execute(text("PRAGMA query_only=ON"))
            with pytest.raises(OperationalError, match=READONLY) as caught:
                connection.execute(text("CREATE TABLE t (id INTEGER)"))

        assert caught.value.connection_invalidated
        assert thrown_away == [1]
        assert monitor._wake.is_set()

    def test_a_mistake_in_a_statement_throws_nothing_away(self, engine, monitor):
        with engine.connect() as connection, pytest.raises(OperationalError, match="no such table") as caught:
            connection.execute(text("SELECT * FROM nowhere"))

        assert not caught.value.connection_invalidated
        assert not monitor._wake.is_set()

    def test_an_error_that_is_not_the_databases_changes_nothing(self, engine, monitor):
        with engine.connect() as connection, pytest.raises(UnicodeEncodeError):
            connection.execute(text("SELECT :half"), {"half": "\ud800"})

        assert not monitor._wake.is_set()

    @table("number", [2**63, -(2**63) - 1, 10**30])
    def test_a_number_that_no_column_holds_is_an_error_about_the_values_as_on_mysql(self, engine, monitor, number):
        with engine.connect() as connection, pytest.raises(DataError) as caught:
            connection.execute(text("SELECT :number"), {"number": number})

        assert classify(caught.value) is DatabaseFault.CLIENT
        assert isinstance(caught.value.orig, OverflowError)
        assert str(number) not in str(caught.value)
        assert not monitor._wake.is_set()

    @table("number", [2**63 - 1, -(2**63)])
    def test_the_largest_numbers_pass(self, engine, number):
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT :number"), {"number": number}) == number

    def test_a_lost_connection_wakes_the_monitor(self, engine, monitor):
        lost = database_error(2013, "Lost connection")
        context = SimpleNamespace(original_exception=lost.orig, sqlalchemy_exception=lost, is_disconnect=False)

        module._on_error(monitor)(context)

        assert monitor._wake.is_set()


class TestTeardown:
    @pytest.fixture
    def broken_end(self, fails):
        """Giving the connection back fails once, as it does when the server has just died."""
        fails(db.session, "remove", database_error(2013, "Lost connection during query"))

    @pytest.fixture
    def on_disk(self, build, tmp_path):
        routes = [Route("POST", "/api/probe/add", add, public), Route("GET", "/api/probe/read", read, public)]
        return build(routes, database_url=f"sqlite:///{tmp_path}/test.sqlite3")

    def test_a_teardown_that_fails_does_not_replace_the_answer(self, on_disk, broken_end, events):
        answer = on_disk.test_client().post("/api/probe/add")

        assert (answer.status_code, answer.mimetype) == (200, JSON)
        assert {"event": "db.teardown_failed", "fault": "lost", "log_level": "warning"} in events

    @pytest.fixture
    def pool(self, on_disk):
        with on_disk.app_context():
            return db.engine.pool

    def test_the_connection_is_thrown_away_and_the_session_with_it(self, on_disk, pool, broken_end):
        thrown_away, sessions = [], len(db.session.registry.registry)
        event.listen(pool, "invalidate", lambda *_: thrown_away.append(1))

        on_disk.test_client().get("/api/probe/read")

        assert thrown_away == [1]
        assert pool.checkedout() == 0
        assert len(db.session.registry.registry) == sessions

    def test_the_next_request_works(self, on_disk, broken_end):
        first = on_disk.test_client().post("/api/probe/add")

        second = on_disk.test_client().post("/api/probe/add")

        assert (first.status_code, second.status_code) == (200, 409)
        assert things(on_disk) == ["new"]


class TestMoments:
    MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901, UTC)

    def stored(self, app, moment):
        with app.app_context():
            db.session.add(Thing(name="clock", made_at=moment))
            db.session.commit()
        with app.app_context():
            return db.session.scalar(db.select(Thing.made_at).filter_by(name="clock"))

    def test_what_comes_back_is_aware_and_in_utc_to_the_microsecond(self, app):
        moment = self.stored(app, self.MOMENT)

        assert moment == self.MOMENT
        assert moment.tzinfo is UTC

    def test_another_time_zone_is_the_same_moment(self, app):
        beijing = self.MOMENT.astimezone(timezone(timedelta(hours=8)))

        assert self.stored(app, beijing) == self.MOMENT

    def test_no_moment_stays_none(self, app):
        assert self.stored(app, None) is None

    @pytest.mark.parametrize(("dialect", "kind"), [(mysql.dialect(), "DATETIME(6)"), (sqlite.dialect(), "DATETIME")])
    def test_mysql_keeps_microseconds_too(self, dialect, kind):
        assert f"made_at {kind}" in str(CreateTable(Thing.__table__).compile(dialect=dialect))


def test_constraints_have_names_that_migrations_can_use():
    constraints = {constraint.name for constraint in Thing.__table__.constraints}

    assert constraints == {"pk_things", "uq_things_name", "fk_things_box_id"}
