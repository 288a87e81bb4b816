"""Talks to MySQL and MariaDB over the driver's own connections."""

from collections.abc import Callable
from typing import Any

import pymysql  # type: ignore[import-untyped]
from sqlalchemy import URL, make_url

from testdb import server

DRIVER = "mysql+pymysql"
CONNECT_SECONDS = 30  # a slow machine is no fault
PROBE_SECONDS = 5
QUERY_SECONDS = 60


def connect(url: str | URL, database: str | None = None, seconds: float = CONNECT_SECONDS) -> "pymysql.Connection[Any]":
    """A connection of the driver's own, in autocommit."""
    parts = make_url(url)
    return pymysql.connect(
        host=parts.host or "127.0.0.1",
        port=parts.port or 3306,
        user=parts.username or "root",
        password=parts.password or "",
        database=database,
        connect_timeout=seconds,
        read_timeout=QUERY_SECONDS,
        write_timeout=QUERY_SECONDS,
        autocommit=True,
    )


def version(url: str | URL) -> str:
    """The server's own words about itself, e.g. `MySQL 8.4.3`; raises the driver's error if it does not answer."""
    with connect(url, seconds=PROBE_SECONDS) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        number = str((cursor.fetchone() or [""])[0])
    return f"MariaDB {number.partition('-')[0]}" if "mariadb" in number.lower() else f"MySQL {number}"


def wait_ready(url: str | URL, timeout: float, still_runs: Callable[[], bool] = lambda: True) -> str:
    """The version, as soon as a query over TCP is answered; a server that is still setting itself up does not count.

    Raises `DatabaseUnavailableError` after `timeout` seconds, or as soon as `still_runs` says no.
    """
    return server.wait_ready(lambda: version(url), (pymysql.Error, OSError), timeout, still_runs)
