"""What an administrator does on a MySQL or MariaDB server. Each call opens a connection of its own."""

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pymysql  # type: ignore[import-untyped]
from sqlalchemy import URL

from testdb import mysql
from testdb.language import _
from testdb.server import NotOursError

NO_SUCH_THREAD = 1094
MANY = 10_000  # a limit that nobody reaches; with none at all (0), the server does not count the account's connections
SNAPSHOT_SECONDS = 0.15  # InnoDB shows the same list of transactions again to who asks within 0.1 s
OPEN = """SELECT COUNT(*) FROM information_schema.innodb_trx AS transactions
          LEFT JOIN information_schema.processlist AS sessions ON sessions.id = transactions.trx_mysql_thread_id
          WHERE sessions.db = %s OR (sessions.id IS NULL AND %s)"""


@dataclass
class MySqlAdministration:
    """`own`: nobody else uses the server."""

    server: URL
    own: bool
    _occupants: "dict[str, pymysql.Connection[Any]]" = field(default_factory=dict, init=False)

    def admin_url(self, database: str) -> URL:
        """For SQLAlchemy."""
        return self.server.set(drivername=mysql.DRIVER, database=database, query={"charset": "utf8mb4"})

    def connect_args(self) -> dict[str, Any]:
        """What the administrator's engine connects with."""
        return {"connect_timeout": mysql.CONNECT_SECONDS, "read_timeout": mysql.QUERY_SECONDS}

    def create_account(self, name: str, password: str) -> None:
        """An account without any right yet."""
        self._run(f"CREATE USER '{name}'@'%%' IDENTIFIED BY %s", password)

    def create_database(self, name: str, account: str) -> None:
        """An empty one, on which the account may do anything. The grant comes first: without the right to it, nothing is made."""
        alone = name.replace("_", r"\_")  # in a grant, a bare _ stands for any character
        self._run(f"GRANT ALL ON `{alone}`.* TO '{account}'@'%%'")
        self._run(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")

    def drop(self, databases: list[str], account: str) -> None:
        """Databases and account, as far as they are there; open sessions are ended first, they would be waited for."""
        self._end_sessions(account)
        for name in databases:
            self._run(f"DROP DATABASE IF EXISTS `{name}`")
        self._run(f"DROP USER IF EXISTS '{account}'@'%%'")

    def read_only(self, database: str, account: str, *, on: bool) -> None:
        """Error 1290 for who writes."""
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
        """Error 1226 for who connects: the limit is one connection, and that one is held here."""
        self._limit(account, MANY)
        if before := self._occupants.pop(account, None):
            _close(before)
        if on:
            self._occupants[account] = mysql.connect(self.server.set(username=account, password=password))
            self._limit(account, 1)

    def _limit(self, account: str, connections: int) -> None:
        self._run(f"ALTER USER '{account}'@'%%' WITH MAX_USER_CONNECTIONS {connections}")

    def quiet(self, database: str) -> bool:
        """No transaction is open in it; nor one that the server is taking back after a crash, which belongs to no session."""
        time.sleep(SNAPSHOT_SECONDS)
        return self._run(OPEN, database, self.own) == [(0,)]

    def _end_sessions(self, account: str) -> None:
        for (number,) in self._run("SELECT id FROM information_schema.processlist WHERE user = %s", account):
            try:
                self._run(f"KILL {number}")
            except pymysql.OperationalError as error:
                if error.args[0] != NO_SUCH_THREAD:
                    raise

    def _run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with mysql.connect(self.server) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())


def _close(connection: "pymysql.Connection[Any]") -> None:
    """Also one whose server has gone meanwhile."""
    with suppress(pymysql.Error):
        connection.close()
