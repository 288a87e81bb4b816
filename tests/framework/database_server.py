"""What the ways to a database have in common: the server's description, its control, and waiting for a real query's answer."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import pymysql
from sqlalchemy import URL, make_url

Say = Callable[[str], None]
CONNECT_SECONDS = 5
QUERY_SECONDS = 60
POLL_SECONDS = 0.1


class DatabaseUnavailableError(Exception):
    """There is no database to test with; the message says why and what to do."""


class WayClosedError(Exception):
    """This way to a database is not open here, the next one may be; the message is the reason."""


class WayFailedError(WayClosedError):
    """This way looked open and then failed: people should hear of it even if the next one works."""


class Control(Protocol):
    """What a test can do to a server that is nobody else's. Data that was committed survives each of these."""

    def kill(self) -> None:
        """End it at once, as a power cut would end the process."""

    def stop(self) -> None:
        """Shut it down in order."""

    def start(self) -> None:
        """Start it again at the same address; `wait_ready` tells when it answers."""

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing answers."""

    def resume(self) -> None:
        """Let it go on from where it was frozen."""

    def wait_ready(self, timeout: float = 60) -> str:
        """The server's version, once it answers a query; raises `DatabaseUnavailableError` with the end of its log after `timeout` seconds."""


@dataclass(frozen=True)
class Server:
    """A running server; `url` is an SQLAlchemy URL without a database, of a user that may create databases."""

    url: str
    kind: Literal["url", "docker", "private"]
    version: str
    control: Control | None = None


def connect(url: str | URL, database: str | None = None) -> "pymysql.Connection[Any]":
    """A connection of the driver's own, in autocommit."""
    parts = make_url(url)
    return pymysql.connect(
        host=parts.host or "127.0.0.1",
        port=parts.port or 3306,
        user=parts.username or "root",
        password=parts.password or "",
        database=database,
        connect_timeout=CONNECT_SECONDS,
        read_timeout=QUERY_SECONDS,
        write_timeout=QUERY_SECONDS,
        autocommit=True,
    )


def version(url: str | URL) -> str:
    """The server's own words about itself, e.g. `MySQL 8.4.3`; raises the driver's error if it does not answer."""
    with connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        number = str((cursor.fetchone() or [""])[0])
    return f"MariaDB {number.partition('-')[0]}" if "mariadb" in number.lower() else f"MySQL {number}"


def wait_ready(url: str | URL, timeout: float, still_runs: Callable[[], bool] = lambda: True) -> str:
    """The version, as soon as a query over TCP is answered; a server that is still setting itself up does not count.

    Raises `DatabaseUnavailableError` after `timeout` seconds, or as soon as `still_runs` says no.
    """
    deadline = time.monotonic() + timeout
    while True:
        try:
            return version(url)
        except pymysql.Error as error:
            if not still_runs():
                raise DatabaseUnavailableError("the server ended by itself") from error
            if time.monotonic() > deadline:
                raise DatabaseUnavailableError(f"no answer within {timeout:.0f} s: {error}") from error
        time.sleep(POLL_SECONDS)


def tail(text: str, lines: int = 15) -> str:
    """The last lines, indented."""
    return "\n".join("    " + line for line in text.splitlines()[-lines:])
