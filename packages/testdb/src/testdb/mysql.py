"""Administers MySQL and MariaDB over connections of the driver: readiness, accounts, databases, faults."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pymysql  # type: ignore[import-untyped]
from sqlalchemy import URL, make_url

from testdb import server
from testdb.language import _
from testdb.server import NotOursError

DRIVER = "mysql+pymysql"
CONNECT_SECONDS = 30  # generous, for slow machines
PROBE_SECONDS = 5
QUERY_SECONDS = 60


def connect(url: str | URL, database: str | None = None, seconds: float = CONNECT_SECONDS) -> "pymysql.Connection[Any]":
    """A connection of the driver, in autocommit."""
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
    """Product and version, such as `MySQL 8.4.3`; raises the driver's error if the server does not answer."""
    with connect(url, seconds=PROBE_SECONDS) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        number = str((cursor.fetchone() or [""])[0])
    return f"MariaDB {number.partition('-')[0]}" if "mariadb" in number.lower() else f"MySQL {number}"


def wait_ready(url: str | URL, timeout: float, still_runs: Callable[[], bool] = lambda: True) -> str:
    """The version, as soon as a query over TCP is answered, which a server in its set-up does not do.

    Raises `DatabaseUnavailableError` after `timeout` seconds, or as soon as `still_runs` says no.
    """
    return server.wait_ready(lambda: version(url), (pymysql.Error, OSError), timeout, still_runs)


NO_SUCH_THREAD = 1094
MANY = 10_000  # no limit in practice; with 0 the server would not count the account's connections
SNAPSHOT_SECONDS = 0.15  # InnoDB caches its list of transactions for 0.1 s
UNREPRESENTABLE = 3854  # of MySQL's utf8mb3 table of transactions, while a statement with an emoji runs


@dataclass
class MySqlAdministration:
    """Administers MySQL and MariaDB; `own` is False on an external server."""

    server: URL
    own: bool
    _occupants: "dict[str, pymysql.Connection[Any]]" = field(default_factory=dict, init=False)

    def admin_url(self, database: str) -> URL:
        """SQLAlchemy URL of the administrator."""
        return self.server.set(drivername=DRIVER, database=database, query={"charset": "utf8mb4"})

    def connect_args(self) -> dict[str, Any]:
        """Arguments of the driver for the administrator's engine."""
        return {"connect_timeout": CONNECT_SECONDS, "read_timeout": QUERY_SECONDS}

    def create_account(self, name: str, password: str) -> None:
        """Create the account without rights."""
        self._run(f"CREATE USER '{name}'@'%%' IDENTIFIED BY %s", password)

    def create_database(self, name: str, account: str) -> None:
        """Create an empty database with all rights for the account. The grant comes first, because it may be refused."""
        alone = name.replace("_", r"\_")  # in a grant an unescaped _ matches any character
        self._run(f"GRANT ALL ON `{alone}`.* TO '{account}'@'%%'")
        self._run(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")

    def drop(self, databases: list[str], account: str) -> None:
        """Drop databases and account if they exist, after ending open sessions, which would block that."""
        self._end_sessions(account)
        for name in databases:
            self._run(f"DROP DATABASE IF EXISTS `{name}`")
        self._run(f"DROP USER IF EXISTS '{account}'@'%%'")

    def read_only(self, database: str, account: str, *, on: bool) -> None:
        """Refuse writes with error 1290."""
        if not self.own:
            raise NotOursError(
                _(
                    "MySQL is read only as a whole server or not at all, and {host}:{port} was given: it is not switched."
                    " Let the laboratory start a server of its own (local or docker) for that.",
                    host=self.server.host,
                    port=self.server.port,
                )
            )
        self._run(f"SET GLOBAL read_only = {int(on)}")

    def refuse_connections(self, account: str, password: str, *, on: bool) -> None:
        """Refuse connections with error 1226: limit the account to one connection and keep that one here."""
        self._limit(account, MANY)
        if before := self._occupants.pop(account, None):
            _close(before)
        if on:
            self._occupants[account] = connect(self.server.set(username=account, password=password))
            self._limit(account, 1)

    def _limit(self, account: str, connections: int) -> None:
        self._run(f"ALTER USER '{account}'@'%%' WITH MAX_USER_CONNECTIONS {connections}")

    def quiet(self, database: str) -> bool:
        """True if no transaction is open, including those that the server rolls back after a crash."""
        time.sleep(SNAPSHOT_SECONDS)
        try:
            open_ones = self._run("SELECT trx_mysql_thread_id FROM information_schema.innodb_trx")
        except pymysql.OperationalError as error:
            if error.args[0] == UNREPRESENTABLE:
                return False  # a transaction is at that statement
            raise
        databases = {number: name for number, _user, name in self._sessions()}
        without_session = database if self.own else None
        return all(databases.get(number, without_session) != database for (number,) in open_ones)

    def _end_sessions(self, account: str) -> None:
        for number in [number for number, user, _database in self._sessions() if user == account]:
            try:
                self._run(f"KILL {number}")
            except pymysql.OperationalError as error:
                if error.args[0] != NO_SUCH_THREAD:
                    raise

    def _sessions(self) -> list[tuple[int, str, str | None]]:
        """Number, account and database of every session; SHOW PROCESSLIST can show every statement."""
        return [(number, user, database) for number, user, _host, database, *_ in self._run("SHOW PROCESSLIST")]

    def _run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with connect(self.server) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())


def _close(connection: "pymysql.Connection[Any]") -> None:
    """Close a connection, even if its server has ended."""
    with suppress(pymysql.Error):
        connection.close()
