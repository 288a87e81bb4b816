"""The database that INTEGRATION_DATABASE_URL names, in the environment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pymysql
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError
from testdb.mysql import version
from testdb.server import DatabaseUnavailableError, ProviderUnavailableError, Say, Server

NAME = "INTEGRATION_DATABASE_URL"
DRIVERS = ("mysql", "mysql+pymysql", "mariadb", "mariadb+pymysql")


def given() -> str:
    """The URL, or nothing."""
    return os.environ.get(NAME, "")


def look() -> str:
    """What a run would use, or nothing; passwords hidden."""
    return make_url(given()).render_as_string(hide_password=True) if given() else ""


@contextmanager
def provide(say: Say) -> Iterator[Server]:
    """The given server. One that is given and does not work is an error, no reason to take another one in silence."""
    if not given():
        raise ProviderUnavailableError(f"{NAME} is not set")
    url = without_database(given())
    shown = url.render_as_string(hide_password=True)
    say(f"{shown} ({NAME})")
    try:
        number = version(url)
    except (pymysql.Error, OSError, RuntimeError) as error:
        raise DatabaseUnavailableError(f"{NAME}={shown} does not answer: {error}") from error
    yield Server(url.render_as_string(hide_password=False), "url", number)


def without_database(text: str) -> URL:
    """The server's address: databases are the suite's own, the one in the URL is never touched."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUnavailableError(
            f"{NAME} is no database URL; write mysql+pymysql://user:password@host:3306/"
        ) from error
    if url.drivername not in DRIVERS:
        raise DatabaseUnavailableError(f"{NAME} begins with {url.drivername}://; the suite needs mysql+pymysql://")
    return url.set(drivername="mysql+pymysql", database="", query={})
