"""The first way to a server that works is taken; without any, the message names them all. Nothing is skipped in silence."""

from contextlib import contextmanager
from pathlib import Path

import pytest

from testdb import docker, mysql_private, postgresql_private, providers
from testdb.server import DatabaseUnavailableError, ProviderFailedError, ProviderUnavailableError, Server

SERVER = Server("mysql+pymysql://root@127.0.0.1:1/", "private", "MySQL 8.4.3")
MYSQL = mysql_private.MySqlProgram(Path("/opt/mysqld"), "MySQL 8.4.3", mariadb=False)
MARIADB = mysql_private.MySqlProgram(Path("/usr/sbin/mariadbd"), "MariaDB 10.11.6", mariadb=True)


@contextmanager
def works(say):
    say("a server")
    yield SERVER


def raises(error):
    @contextmanager
    def way(say):
        raise error
        yield

    return way


def test_the_first_way_that_works_is_taken():
    said = []
    openers = [("docker", raises(ProviderUnavailableError("not installed"))), ("local", works), ("url", works)]

    with providers.first_that_works(openers, said.append, "advice") as server:
        assert server is SERVER

    assert said == ["a server"]


def test_a_way_that_looked_open_and_failed_is_told_of_even_if_the_next_works():
    said = []

    with providers.first_that_works(
        [("docker", raises(ProviderFailedError("broken"))), ("local", works)], said.append, "advice"
    ):
        pass

    assert said == ["not by docker: broken", "a server"]


def test_without_any_way_the_message_has_the_advice_and_each_reason():
    openers = [
        ("docker", raises(ProviderUnavailableError("not installed"))),
        ("local", raises(ProviderFailedError("broken"))),
    ]

    with pytest.raises(DatabaseUnavailableError) as caught, providers.first_that_works(openers, print, "Install one."):
        pass

    assert str(caught.value) == "Install one.\nWhat was tried:\n  docker: not installed\n  local: broken"


@pytest.mark.parametrize("error", [ZeroDivisionError(), ProviderUnavailableError("a reason of the run's own")])
def test_an_error_inside_the_run_is_not_taken_for_a_closed_way(error):
    with pytest.raises(type(error)), providers.first_that_works([("a", works), ("b", works)], print, ""):
        raise error


def test_the_server_is_closed_at_the_end():
    events = []

    @contextmanager
    def way(say):
        yield SERVER
        events.append("closed")

    with providers.first_that_works([("local", way)], print, ""):
        assert events == []

    assert events == ["closed"]


@pytest.mark.parametrize(("way", "words"), [(None, ["local", "docker"]), ("local", ["local"]), ("docker", ["docker"])])
def test_a_word_narrows_the_ways(way, words):
    assert [word for word, _ in providers.named("mysql", way)] == words


def test_an_unknown_way_is_refused():
    with pytest.raises(DatabaseUnavailableError, match="podman: no such way to a server; take local, docker or a URL"):
        providers.named("mysql", "podman")


@pytest.mark.parametrize(
    ("kind", "way", "module", "asked"),
    [
        ("postgresql", "local", postgresql_private, ["say"]),
        ("mysql", "local", mysql_private, ["say", MYSQL]),
        ("mariadb", "local", mysql_private, ["say", MARIADB]),
        ("mariadb", "docker", docker, ["mariadb", "say"]),
    ],
)
def test_each_way_opens_a_server_of_the_kind(monkeypatch, kind, way, module, asked):
    monkeypatch.setattr(mysql_private, "installed", lambda: [MYSQL, MARIADB])
    monkeypatch.setattr(module, "provide", lambda *given: list(given))
    (_, opener), *others = providers.named(kind, way)

    assert opener("say") == asked
    assert others == []


@pytest.mark.parametrize(
    ("kind", "installed", "words"),
    [
        ("mysql", [MARIADB], ["/usr/sbin/mariadbd is MariaDB 10.11.6", "no MySQL", "choose mariadb", "mysql-server"]),
        ("mariadb", [MYSQL], ["/opt/mysqld is MySQL 8.4.3", "no MariaDB", "choose mysql", "mariadb-server"]),
        ("mysql", [], ["no MySQL server is installed", "mysql-server"]),
        ("mariadb", [], ["no MariaDB server is installed", "mariadb-server"]),
    ],
)
def test_a_kind_that_is_not_installed_is_told_with_what_to_do(monkeypatch, kind, installed, words):
    monkeypatch.setattr(mysql_private, "installed", lambda: installed)

    with pytest.raises(ProviderUnavailableError) as caught:
        providers.program(kind)

    assert [word for word in words if word not in str(caught.value)] == []


@pytest.mark.parametrize(("kind", "title"), [("mysql", "MySQL"), ("postgresql", "PostgreSQL")])
def test_the_advice_names_every_way(kind, title):
    advice = str(providers.advice(kind))

    assert [word for word in (f"No {title}", str(providers.INSTALL[kind]), "Docker", "URL") if word not in advice] == []
