"""A URL names a server of the kind that was asked for, or is refused with what to write."""

import pymysql
import pytest

from testdb import mysql, postgresql, provision
from testdb.server import DatabaseUnavailableError

MYSQL = "mysql://me:secret@db.test:3307/shop?charset=utf8mb4"


@pytest.mark.parametrize(
    ("kind", "text", "address"),
    [
        ("mysql", MYSQL, "mysql+pymysql://me:secret@db.test:3307/"),
        ("mariadb", "mariadb://me@db.test", "mysql+pymysql://me@db.test:3306/"),
        ("mysql", "mariadb+pymysql://me@db.test", "mysql+pymysql://me@db.test:3306/"),
        ("postgresql", "postgres://me@db.test/shop", "postgresql+psycopg://me@db.test:5432/"),
        ("postgresql", "postgresql+psycopg://me@[::1]:5433/", "postgresql+psycopg://me@[::1]:5433/"),
    ],
)
def test_the_database_in_the_url_is_never_touched(kind, text, address):
    assert provision.server_url(kind, text).render_as_string(hide_password=False) == address


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("mysql", "postgresql://me@db.test/"),
        ("postgresql", MYSQL),
        ("mysql", "sqlite://"),
        ("mysql", "mysql:///shop"),
        ("mysql", "nothing"),
        ("mysql", "mysql://me@db.test:port/"),
    ],
)
def test_another_url_is_refused_with_the_right_form(kind, text):
    with pytest.raises(DatabaseUnavailableError) as caught:
        provision.server_url(kind, text)

    assert provision.FORMS[kind] in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_server_that_answers_is_told(monkeypatch):
    said = []
    monkeypatch.setattr(mysql, "version", lambda url: "MySQL 8.4.3")

    server = provision.open_server("mysql", MYSQL, said.append)

    assert (server.url, server.kind, server.version, server.control) == (
        "mysql+pymysql://me:secret@db.test:3307/",
        "url",
        "MySQL 8.4.3",
        None,
    )
    assert said == ["mysql+pymysql://me:***@db.test:3307/ (MySQL 8.4.3)"]


def test_a_server_that_does_not_answer_ends_the_search(monkeypatch):
    def refuse(url):
        raise pymysql.OperationalError(2003, "connection refused")

    monkeypatch.setattr(mysql, "version", refuse)

    with pytest.raises(DatabaseUnavailableError, match=r"does not answer: .*2003") as caught:
        provision.open_server("mysql", MYSQL, print)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "version", "hint"),
    [
        ("mysql", "MariaDB 10.11.6", "is MariaDB 10.11.6, no MySQL: choose mariadb"),
        ("mariadb", "MySQL 8.4.3", "is MySQL 8.4.3, no MariaDB: choose mysql"),
    ],
)
def test_the_other_kind_is_refused(monkeypatch, kind, version, hint):
    monkeypatch.setattr(mysql, "version", lambda url: version)

    with pytest.raises(DatabaseUnavailableError, match=hint):
        provision.open_server(kind, MYSQL, print)


def test_postgresql_is_asked_in_its_own_words(monkeypatch):
    monkeypatch.setattr(postgresql, "version", lambda url: "PostgreSQL 15.1")

    assert (
        provision.open_server("postgresql", "postgresql://me@db.test/", lambda line: None).version == "PostgreSQL 15.1"
    )
