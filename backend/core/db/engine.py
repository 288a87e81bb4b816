"""Engines whose connections time out instead of hanging, are set up alike, and are pinged only after idling.

The settings and their order (lock < statement < read) are measured choices; docs/database.md has the reasons.
"""

import time
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import DataError, InvalidatePoolError

from backend.core.db import connections as db_connections
from backend.core.db import monitor as db_monitor
from backend.core.db import mysql as db_mysql
from backend.core.db import pool as db_pool
from backend.core.db import postgresql as db_postgresql
from backend.core.db import sqlite as db_sqlite
from backend.core.db.errors import DatabaseFault, classify
from backend.core.observability import metrics
from backend.core.settings import Settings

IDLE_SECONDS_BEFORE_PING = 1.0
SERVER_IDLE_TIMEOUT = 600  # seconds; longer than DB_POOL_RECYCLE


def engine_options(settings: Settings, url: URL) -> dict[str, Any]:
    """Arguments of `create_engine` for the kind of database that `url` names; no error text shows a statement's values."""
    if url.get_backend_name() == "sqlite":
        arguments = {"timeout": settings.db_read_timeout, "check_same_thread": False}
        return {"connect_args": arguments, "hide_parameters": True}
    return {
        "connect_args": _connect_args(settings, url),
        "hide_parameters": True,
        "poolclass": db_pool.gated(settings.server_threads),
        "pool_size": settings.db_pool_size,
        "max_overflow": 0,
        "pool_timeout": settings.db_pool_timeout,
        "pool_recycle": settings.db_pool_recycle,
        "pool_use_lifo": True,
    }


def _connect_args(settings: Settings, url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "postgresql":
        return {"connect_timeout": settings.db_connect_timeout}
    return {
        "connect_timeout": settings.db_connect_timeout,
        "read_timeout": settings.db_read_timeout,
        "write_timeout": settings.db_read_timeout,
    }


def prepare_engine(engine: Engine, settings: Settings, monitor: db_monitor.Monitor) -> None:
    """Attach the listeners for connections, check-outs and errors to `engine`."""
    event.listen(engine, "connect", _SESSION_SETUP[engine.url.get_backend_name()](settings))
    event.listen(engine, "do_connect", lambda *_: monitor.refuse_if_down())
    if engine.dialect.driver == "pymysql":
        event.listen(engine, "do_connect", db_mysql.connect)
    if engine.dialect.driver == "psycopg":
        event.listen(engine, "do_connect", db_postgresql.connector(settings.db_read_timeout))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "begin", db_sqlite.begin)
    if engine.dialect.driver in db_connections.DRIVERS:
        event.listen(engine, "connect", db_connections.remember_origin(engine.dialect.driver))
    event.listen(engine, "checkin", _remember_time)
    event.listen(engine, "checkout", _checkout(engine, monitor))
    event.listen(engine, "handle_error", _on_error(monitor))


def _remember_time(_: Any, record: Any) -> None:
    record.info["idle_since"] = time.monotonic()


def _checkout(engine: Engine, monitor: db_monitor.Monitor) -> Any:
    """Ping a connection only if it has been idle for a while, so that a busy pool pays nothing."""

    def ping_if_idle(connection: Any, record: Any, _: Any) -> None:
        monitor.refuse_if_down()
        metrics.DB_CHECKOUTS.inc()
        idle_since = record.info.get("idle_since")
        if idle_since is None or time.monotonic() - idle_since < IDLE_SECONDS_BEFORE_PING:
            return
        try:
            alive = engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            monitor.suspect()
            raise InvalidatePoolError from error
        if not alive:
            raise InvalidatePoolError

    return ping_if_idle


def _on_error(monitor: db_monitor.Monitor) -> Any:
    def look(context: ExceptionContext) -> DataError | None:
        if isinstance(context.original_exception, OverflowError):  # sqlite3's, for a number that no column can hold
            return DataError(context.statement, None, context.original_exception, hide_parameters=True)
        fault = classify(context.sqlalchemy_exception) if context.sqlalchemy_exception else DatabaseFault.UNKNOWN
        if fault is DatabaseFault.READONLY:
            context.is_disconnect = True  # a pooled connection to the old primary stays read-only for ever
        if fault in (DatabaseFault.CONNECT, DatabaseFault.LOST) or context.is_disconnect:
            monitor.suspect()
        return None

    return look


def _setup_mysql(settings: Settings) -> Any:
    def setup(connection: Any, _: Any) -> None:
        mariadb = "mariadb" in connection.get_server_info().lower()
        seconds = settings.db_statement_timeout
        limit = f"max_statement_time={seconds}" if mariadb else f"max_execution_time={int(seconds * 1000)}"
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cursor.execute(
                f"SET SESSION sql_mode=CONCAT(@@sql_mode, ',STRICT_ALL_TABLES'), time_zone='+00:00', {limit}, "
                f"innodb_lock_wait_timeout={settings.db_lock_timeout}, lock_wait_timeout={settings.db_lock_timeout}, "
                f"wait_timeout={SERVER_IDLE_TIMEOUT}"
            )

    return setup


def _setup_postgresql(settings: Settings) -> Any:
    def setup(connection: Any, _: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SET statement_timeout={int(settings.db_statement_timeout * 1000)}; "
                f"SET lock_timeout={settings.db_lock_timeout * 1000}; SET TIME ZONE 'UTC'"
            )
        connection.commit()

    return setup


_SESSION_SETUP = {
    "mysql": _setup_mysql,
    "mariadb": _setup_mysql,
    "sqlite": lambda _: db_sqlite.setup,
    "postgresql": _setup_postgresql,
}
