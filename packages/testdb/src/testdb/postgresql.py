"""Administers PostgreSQL over connections of the driver: readiness, accounts, databases, faults."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal
from sqlalchemy import URL, make_url

from testdb import server
from testdb.language import _

DRIVER = "postgresql+psycopg"
MAINTENANCE = "postgres"  # the database that always exists
CONNECT_SECONDS = 30  # generous, for slow machines
PROBE_SECONDS = 5


def connect(
    url: str | URL, database: str | None = None, seconds: int = CONNECT_SECONDS
) -> "psycopg.Connection[tuple[Any, ...]]":
    """A connection of the driver, in autocommit."""
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
    """Product and version, such as `PostgreSQL 15.14`; raises the driver's error if the server does not answer."""
    with connect(url, seconds=PROBE_SECONDS) as connection:
        row = connection.execute("SHOW server_version").fetchone() or ("",)
        return f"PostgreSQL {str(row[0]).partition(' ')[0]}"


def wait_ready(url: str | URL, timeout: float, still_runs: Callable[[], bool] = lambda: True) -> str:
    """The version, as soon as a query over TCP is answered.

    Raises `DatabaseUnavailableError` after `timeout` seconds, or as soon as `still_runs` says no.
    """
    return server.wait_ready(lambda: version(url), (psycopg.Error, OSError), timeout, still_runs)


ALWAYS_THERE = ("postgres", "template1")  # databases
OPEN = SQL("""SELECT (SELECT COUNT(*) FROM pg_stat_activity WHERE datname = {name} AND xact_start IS NOT NULL
                      AND backend_type = 'client backend')
                   + (SELECT COUNT(*) FROM pg_prepared_xacts WHERE database = {name})""")
SESSIONS = SQL("SELECT pid, now() FROM pg_stat_activity WHERE usename = {account} AND datname = {name}")
END = SQL(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = ANY({numbers}) AND backend_start <= {seen}"
)
END_SECONDS = 30
POLL_SECONDS = 0.01


@dataclass
class PostgreSqlAdministration:
    """Administers PostgreSQL; `own` is False on an external server."""

    server: URL
    own: bool

    def admin_url(self, database: str) -> URL:
        """SQLAlchemy URL of the administrator."""
        return self.server.set(drivername=DRIVER, database=database, query={})

    def connect_args(self) -> dict[str, Any]:
        """Arguments of the driver for the administrator's engine, which may write while the database is read-only."""
        return {"connect_timeout": CONNECT_SECONDS, "options": "-c default_transaction_read_only=off"}

    def create_account(self, name: str, password: str) -> None:
        """Create the account without rights, and make the administrator a member, who may then manage what it owns."""
        account = Identifier(name)
        self._run(SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(account, Literal(password)))
        self._run(SQL("GRANT {} TO CURRENT_USER").format(account))
        for database in ALWAYS_THERE if self.own else ():
            self._run(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(Identifier(database)))

    def create_database(self, name: str, account: str) -> None:
        """Create an empty database that the account owns and only it may use."""
        database = Identifier(name)
        self._run(SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(database, Identifier(account)))
        self._run(SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))

    def drop(self, databases: list[str], account: str) -> None:
        """Drop databases and account if they exist, after ending open sessions, which would prevent that."""
        for name in databases:
            self._run(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))
        self._run(SQL("DROP ROLE IF EXISTS {}").format(Identifier(account)))

    def read_only(self, database: str, account: str, *, on: bool) -> None:
        """Refuse writes with SQLSTATE 25006, or allow them again. Sessions keep their setting, so they are ended."""
        words = "ALTER DATABASE {} SET default_transaction_read_only = on" if on else "ALTER DATABASE {} RESET ALL"
        self._run(SQL(words).format(Identifier(database)))
        self._end_sessions(database, account)

    def refuse_connections(self, account: str, password: str, *, on: bool) -> None:
        """Refuse connections with SQLSTATE 53300."""
        self._run(SQL("ALTER ROLE {} CONNECTION LIMIT {}").format(Identifier(account), Literal(0 if on else -1)))

    def quiet(self, database: str) -> bool:
        """True if no transaction is open, including prepared ones."""
        return self._run(OPEN.format(name=Literal(database))) == [(0,)]

    def _end_sessions(self, database: str, account: str) -> None:
        """End the sessions and wait until they are gone, so that their statements are decided."""
        found = self._run(SESSIONS.format(account=Literal(account), name=Literal(database)))
        numbers, seen = [number for number, _seen in found], max((seen for _number, seen in found), default=None)
        deadline = time.monotonic() + END_SECONDS
        while numbers and self._run(END.format(numbers=Literal(numbers), seen=Literal(seen))):
            if time.monotonic() > deadline:
                raise TimeoutError(
                    _(
                        "sessions of {account} did not end within {seconds} s: {sessions}",
                        account=account,
                        seconds=END_SECONDS,
                        sessions=numbers,
                    )
                )
            time.sleep(POLL_SECONDS)

    def _run(self, statement: Composed) -> list[tuple[Any, ...]]:
        with connect(self.server.set(database=MAINTENANCE)) as connection:
            found = connection.execute(statement)
            return found.fetchall() if found.description else []
