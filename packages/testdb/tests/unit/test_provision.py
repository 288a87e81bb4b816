"""A database to break: its names, its addresses, and what is left of it on a server that is somebody's."""

from contextlib import contextmanager

import pymysql
import pytest
from sqlalchemy import NullPool, make_url

from testdb import DatabaseUnavailableError, open_database, providers, provision
from testdb.mysql import MySqlAdministration
from testdb.postgresql import PostgreSqlAdministration
from testdb.server import Server

OWN = Server("mysql+pymysql://tester:pw@127.0.0.1:3999", "private", "MySQL 8.4.3", control="control")
GIVEN = Server("mysql+pymysql://me:pw@db.test:3306", "url", "MySQL 8.4.3")
POSTGRESQL = Server("postgresql+psycopg://tester:pw@127.0.0.1:5999", "docker", "PostgreSQL 15.1", control="control")
DENIED = pymysql.OperationalError(1227, "Access denied; you need CREATE USER")


class Calls:
    """What an administration was asked; `fails` names the call that is denied."""

    def __init__(self):
        self.made, self.fails = [], ""

    def note(self, name):
        def call(administration, *given, **options):
            self.made.append((name, *(list(one) if isinstance(one, list) else one for one in given), *options.values()))
            if name == self.fails:
                raise DENIED
            return name == "quiet"

        return call


@pytest.fixture
def calls(monkeypatch):
    calls = Calls()
    names = ("create_account", "create_database", "drop", "read_only", "refuse_connections", "quiet")
    for kind in (MySqlAdministration, PostgreSqlAdministration):
        for name in names:
            monkeypatch.setattr(kind, name, calls.note(name))
    return calls


@pytest.fixture
def serve(monkeypatch):
    """`serve(OWN)`: that server is what every way leads to."""

    def arrange(server):
        @contextmanager
        def first(openers, say, advice):
            yield server

        monkeypatch.setattr(providers, "first_that_works", first)
        monkeypatch.setattr(provision, "open_server", lambda kind, url, say: server)

    return arrange


def test_on_a_server_of_ones_own_the_names_are_as_wanted_and_nothing_is_dropped(calls, serve):
    serve(OWN)

    with open_database("mysql", "local", name="shop") as database:
        password = database.account.password
        assert (database.kind, database.version, database.provider) == ("mysql", "MySQL 8.4.3", "local")
        assert (database.host, database.port, database.name) == ("127.0.0.1", 3999, "shop")
        assert database.control == "control"
        assert database.administration.own

    assert calls.made == [("create_account", "app", password), ("create_database", "shop", "app"), ("quiet", "shop")]
    assert len(password) == 32


def test_on_a_given_server_every_name_is_new_and_is_dropped_at_the_end(calls, serve):
    serve(GIVEN)

    with open_database("mysql", GIVEN.url) as database, open_database("mysql", GIVEN.url) as second:
        other = database.other_database("stock")
        assert (database.provider, database.control, database.administration.own) == ("url", None, False)
        assert database.name == f"faultlab{database.suffix}"
        assert database.account.name == f"app{database.suffix}"
        assert other.name == f"stock{database.suffix}"
        assert len(database.suffix) == 8
        assert second.suffix != database.suffix

    assert calls.made[-2:] == [
        ("drop", [second.name], second.account.name),
        ("drop", [database.name, other.name], database.account.name),
    ]


@pytest.mark.parametrize("fails", ["create_account", "create_database", "quiet"])
def test_an_account_that_may_not_is_told_and_leaves_nothing(calls, serve, fails):
    serve(GIVEN)
    calls.fails = fails

    with pytest.raises(DatabaseUnavailableError) as caught, open_database("mysql", GIVEN.url):
        pass

    assert "Access denied; you need CREATE USER" in str(caught.value)
    assert "Give the URL of an administrator's account" in str(caught.value)
    dropped = [call[1] for call in calls.made if call[0] == "drop"]
    assert [len(names) for names in dropped] == {"create_account": [], "create_database": [0], "quiet": [1]}[fails]


def test_what_cannot_be_dropped_is_named(calls, serve):
    serve(GIVEN)
    calls.fails = "drop"
    said = []

    with open_database("mysql", GIVEN.url, say=said.append) as database:
        pass

    assert len(said) == 1
    for word in ("db.test:3306", database.name, database.account.name, "drop by hand", "1227"):
        assert word in said[0]


@pytest.mark.parametrize(
    ("kind", "way", "words"),
    [
        ("oracle", None, "oracle: no such kind of database; take mysql, mariadb, postgresql"),
        ("mysql", "podman", "podman: no such way"),
    ],
)
def test_what_does_not_exist_is_refused(kind, way, words):
    with pytest.raises(DatabaseUnavailableError, match=words), open_database(kind, way):
        pass


@pytest.mark.parametrize("name", ["", "Shop", "1shop", "shop; DROP TABLE x", "shop`", "a" * 49, "läden", "shop\n"])
def test_a_name_that_some_server_would_not_take_is_refused(calls, serve, name):
    serve(OWN)

    with pytest.raises(DatabaseUnavailableError, match="is no name for a database"), open_database("mysql", name=name):
        pass

    with open_database("mysql") as database, pytest.raises(DatabaseUnavailableError):
        database.other_database(name)


def test_two_databases_of_one_name_are_refused(calls, serve):
    serve(OWN)

    with open_database("mysql", name="shop") as database:
        database.other_database("stock")
        for name in ("shop", "stock"):
            with pytest.raises(DatabaseUnavailableError, match=f"there is a database {name} already"):
                database.other_database(name)


@pytest.mark.parametrize(
    ("server", "kind", "driver", "query"),
    [(OWN, "mysql", "mysql+pymysql", {"charset": "utf8mb4"}), (POSTGRESQL, "postgresql", "postgresql+psycopg", {})],
)
def test_addresses_are_of_the_ordinary_account_through_any_host_and_port(calls, serve, server, kind, driver, query):
    serve(server)

    with open_database(kind, name="shop") as database:
        direct, through = make_url(database.url()), make_url(database.url("proxy.test", 4000))

    assert (direct.drivername, direct.username, direct.password) == (driver, "app", database.account.password)
    assert (direct.host, direct.port, direct.database, dict(direct.query)) == (
        "127.0.0.1",
        database.port,
        "shop",
        query,
    )
    assert through == direct.set(host="proxy.test", port=4000)
    assert make_url(database.url(port=4000)).host == "127.0.0.1"


@pytest.mark.parametrize(("server", "kind"), [(OWN, "mysql"), (POSTGRESQL, "postgresql")])
def test_the_administrators_engine_is_one_without_a_pool(calls, serve, server, kind):
    serve(server)

    with open_database(kind, name="shop") as database:
        engine = database.admin_engine()
        other = database.other_database("stock").admin_engine()

        assert engine is database.admin_engine()
        assert isinstance(engine.pool, NullPool)
        assert (engine.url.username, engine.url.database) == ("tester", "shop")
        assert (other.url.username, other.url.database) == ("tester", "stock")


def test_faults_are_those_of_the_database_and_the_account(calls, serve):
    serve(OWN)

    with open_database("mysql", name="shop") as database:
        calls.made.clear()
        for on in (True, False):
            database.read_only(on)
            database.refuse_connections(on)
        assert database.quiet() is True

    assert calls.made == [
        ("read_only", "shop", "app", True),
        ("refuse_connections", "app", database.account.password, True),
        ("read_only", "shop", "app", False),
        ("refuse_connections", "app", database.account.password, False),
        ("quiet", "shop"),
    ]


def test_progress_goes_to_the_error_output(capsys):
    provision.to_stderr("a line")

    assert capsys.readouterr() == ("", "a line\n")
