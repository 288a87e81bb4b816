"""Databases of the suite on a shared server: one for each worker, fresh, held against other runs, dropped at the end.

No name without `test` is ever created or dropped.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pymysql
from sqlalchemy import make_url
from testdb.mysql import connect
from testdb.server import DatabaseUnavailableError

PREFIX = "touchstone_test_"
MARK = "test"
TRIES = 20
DENIED = (1044, 1045, 1142, 1227)


class NotATestDatabaseError(ValueError):
    """The name of a database carries no `test`: nothing may be created or dropped there."""


def refuse_real(name: str) -> str:
    """The name itself, if its database is one for tests."""
    if MARK not in name or not name.isidentifier():
        raise NotATestDatabaseError(
            f"{name!r} is not the name of a test database: it must carry {MARK!r}, and be letters, digits and _ alone"
        )
    return name


@contextmanager
def fresh_database(server_url: str, worker: str) -> Iterator[str]:
    """The URL of an empty database that no other run uses; dropped at the end."""
    with connect(server_url) as holder:
        name = _hold_a_name(holder, worker)
        _recreate(server_url, name)
        try:
            yield (
                make_url(server_url)
                .set(database=name, query={"charset": "utf8mb4"})
                .render_as_string(hide_password=False)
            )
        finally:
            drop(server_url, name)


def _hold_a_name(holder: "pymysql.Connection[Any]", worker: str) -> str:
    """The first name that no other run holds; the hold lasts as long as the connection."""
    names = [f"{PREFIX}{worker}"] + [f"{PREFIX}{worker}_{number}" for number in range(2, TRIES)]
    for name in names:
        with holder.cursor() as cursor:
            cursor.execute("SELECT GET_LOCK(%s, 0)", (refuse_real(name),))
            if cursor.fetchone() == (1,):
                return name
    raise DatabaseUnavailableError(f"{TRIES} other test runs hold the databases {PREFIX}{worker}...")


def _recreate(server_url: str, name: str) -> None:
    try:
        drop(server_url, name)
        _execute(server_url, f"CREATE DATABASE `{refuse_real(name)}` CHARACTER SET utf8mb4")
    except pymysql.Error as error:
        if error.args[0] not in DENIED:
            raise
        grant = f"GRANT ALL ON `{PREFIX.replace('_', '\\_')}%`.* TO that user"
        raise DatabaseUnavailableError(
            f"the user of the integration database may not create {name}; as an administrator: {grant}"
        ) from error


def drop(server_url: str, name: str) -> None:
    """Drop a test database; any other is refused."""
    _execute(server_url, f"DROP DATABASE IF EXISTS `{refuse_real(name)}`")


def _execute(server_url: str, statement: str) -> None:
    with connect(server_url) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
