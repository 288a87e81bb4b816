"""The database: whether it answers, what it is, how it is set, and whether it has every migration. It is only read."""

import re
import sqlite3
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from backend.core.clock import utcnow
from backend.core.db.engine import engine_options
from backend.core.settings import Settings
from tools import applied_migrations
from tools.doctor.findings import SECONDS, Finding, Situation, needs_settings, ok, problem, warning
from tools.migration_files import MigrationFiles

OLDEST = {"MySQL": (8, 0), "MariaDB": (10, 6), "PostgreSQL": (14, 0), "SQLite": (3, 35)}
CLOCKS_APART = 5  # seconds
NUMBERS = re.compile(r"\d+")
SPARE = 5  # connections for people and backups
MENDS = {  # by the server's number for the error
    1045: "correct user and password in DATABASE_URL, or MYSQL_USERNAME and MYSQL_PASSWORD",
    1044: "give that user all rights on the database: GRANT ALL ON name.* TO user",
    1049: "make it: CREATE DATABASE name CHARACTER SET utf8mb4",
    2003: "start the server, or correct host and port in DATABASE_URL or MYSQL_ADDRESS",
}
FACTS = (
    "SELECT VERSION() AS version, @@character_set_database AS charset, @@global.sql_mode AS sql_mode, "
    "@@global.time_zone AS zone, @@max_connections AS connections, UTC_TIMESTAMP(6) AS moment"
)


@needs_settings
def server(_: Situation, settings: Settings) -> list[Finding]:
    """Version, character set, sql_mode, clock, connections."""
    url = settings.sqlalchemy_url
    if url.get_backend_name() == "sqlite":
        return [_version("SQLite", sqlite3.sqlite_version)]
    short = settings.model_copy(update={"db_connect_timeout": SECONDS, "db_read_timeout": SECONDS})
    arguments = engine_options(short, url)["connect_args"]
    try:
        with create_engine(url, poolclass=NullPool, connect_args=arguments).connect() as connection:
            return _LOOK[connection.dialect.name](connection, settings)
    except SQLAlchemyError as error:
        return [_unreachable(error)]


def _unreachable(error: SQLAlchemyError) -> Finding:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    number = cause.args[0] if cause.args and isinstance(cause.args[0], int) else 0
    said = cause.args[1] if number and len(cause.args) > 1 else str(cause).splitlines()[0]
    return problem(f"{said}", MENDS.get(number, "start the server, or correct DATABASE_URL"))


def _mysql(connection: Connection, settings: Settings) -> list[Finding]:
    facts: Any = connection.execute(text(FACTS)).one()
    kind = "MariaDB" if "mariadb" in facts.version.lower() else "MySQL"
    findings = [
        _version(kind, facts.version),
        _charset(facts.charset),
        _strict(facts.sql_mode),
        _clock(facts.moment.replace(tzinfo=UTC), facts.zone),
        _room(facts.connections, settings),
    ]
    return [finding for finding in findings if finding is not None]


def _postgresql(connection: Connection, settings: Settings) -> list[Finding]:
    version = str(connection.scalar(text("SHOW server_version")))
    moment: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    room = _room(int(str(connection.scalar(text("SHOW max_connections")))), settings)
    return [_version("PostgreSQL", version), _clock(moment, "any"), room]


_LOOK = {"mysql": _mysql, "mariadb": _mysql, "postgresql": _postgresql}


def _version(kind: str, version: str) -> Finding:
    numbers = tuple(int(part) for part in NUMBERS.findall(version)[:2])
    if numbers >= OLDEST[kind]:
        return ok(f"{kind} {version}")
    oldest = ".".join(map(str, OLDEST[kind]))
    return problem(f"{kind} {version} is too old", f"take {kind} {oldest} or newer")


def _charset(charset: str) -> Finding:
    if charset == "utf8mb4":
        return ok("character set utf8mb4")
    return problem(
        f"character set {charset} cannot store every character",
        "ALTER DATABASE name CHARACTER SET utf8mb4, then migrate",
    )


def _strict(mode: str) -> Finding:
    if "STRICT_" in mode:
        return ok("sql_mode is strict")
    return warning(
        "sql_mode is not strict: other programs on this server may cut values off",
        "SET GLOBAL sql_mode with STRICT_ALL_TABLES",
    )


def _clock(moment: datetime, zone: str) -> Finding:
    apart = abs((utcnow() - moment).total_seconds())
    if apart <= CLOCKS_APART:
        return ok(f"clocks agree; server's time zone {zone}, ours in each session UTC")
    return warning(f"the server's clock is {apart:.0f} s away from this machine's", "run NTP on both")


def _room(connections: int, settings: Settings) -> Finding:
    needed = settings.server_workers * (settings.db_pool_size + 1) + SPARE
    text = f"max_connections {connections}, a full server of ours needs {needed}"
    return ok(text) if connections >= needed else warning(text, "raise it, or lower SERVER_WORKERS or DB_POOL_SIZE")


@needs_settings
def migrations(situation: Situation, _: Settings) -> list[Finding]:
    """The newest migration is applied."""
    files = MigrationFiles(situation.root)
    head, applied = files.head, applied_migrations.current_heads()
    if applied_migrations.missing_file():
        return [warning("the SQLite file is not there yet", "flask db upgrade, or make run")]
    if applied is None:
        return [warning("the database cannot be asked which migrations it has", "mend the database first")]
    unknown = [revision for revision in applied if not files.applied_with(revision)]
    if unknown:
        return [problem(f"the database has {', '.join(unknown)}, which this code does not know", "take the newer code")]
    if applied != ((head,) if head else ()):
        return [
            problem(f"the database is at {', '.join(applied) or 'nothing'}, the code at {head}", "flask db upgrade")
        ]
    return [ok(f"at {head}, the newest")]
