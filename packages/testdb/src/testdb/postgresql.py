"""Talks to PostgreSQL over the driver's own connections."""

from collections.abc import Callable
from typing import Any

import psycopg
from sqlalchemy import URL, make_url

from testdb import server

DRIVER = "postgresql+psycopg"
MAINTENANCE = "postgres"  # the database that is there when there is no other
CONNECT_SECONDS = 30  # a slow machine is no fault
PROBE_SECONDS = 5


def connect(
    url: str | URL, database: str | None = None, seconds: int = CONNECT_SECONDS
) -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection of the driver's own, in autocommit."""
    parts = make_url(url)
    return psycopg.connect(
        host=parts.host or "127.0.0.1",
        port=parts.port or 5432,
        user=parts.username or "postgres",
        password=parts.password or "",
        dbname=database or parts.database or MAINTENANCE,
        connect_timeout=seconds,
        autocommit=True,
    )


def version(url: str | URL) -> str:
    """E.g. `PostgreSQL 15.14`; raises the driver's error if the server does not answer."""
    with connect(url, seconds=PROBE_SECONDS) as connection:
        row = connection.execute("SHOW server_version").fetchone() or ("",)
        return f"PostgreSQL {str(row[0]).partition(' ')[0]}"


def wait_ready(url: str | URL, timeout: float, still_runs: Callable[[], bool] = lambda: True) -> str:
    """The version, as soon as a query over TCP is answered.

    Raises `DatabaseUnavailableError` after `timeout` seconds, or as soon as `still_runs` says no.
    """
    return server.wait_ready(lambda: version(url), (psycopg.Error, OSError), timeout, still_runs)
