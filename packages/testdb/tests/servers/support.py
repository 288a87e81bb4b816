"""Asks a database as its service would."""

from functools import partial

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError

from testdb import postgresql_private, providers
from testdb.server import ProviderUnavailableError
from tests.unit import waiting

SECONDS = 60


def missing(kind: str) -> str:
    """Why there is no server of this kind here, or nothing."""
    if kind == "postgresql":
        return "" if postgresql_private.look() else f"no PostgreSQL is installed: {providers.INSTALL[kind]}"
    try:
        providers.program(kind)
    except ProviderUnavailableError as reason:
        return str(reason)
    return ""


def marks(kind: str) -> list[pytest.MarkDecorator]:
    """Of a test that starts a private server of this kind."""
    mark = pytest.mark.postgresql if kind == "postgresql" else pytest.mark.control
    return [mark, pytest.mark.skipif(bool(missing(kind)), reason=missing(kind))]


def kinds() -> list[str]:
    """PostgreSQL, and of MySQL and MariaDB those that are installed; MariaDB, to be skipped with its reason, if none is."""
    return [*([kind for kind in ("mysql", "mariadb") if not missing(kind)] or ["mariadb"]), "postgresql"]


MYSQL_KIN, POSTGRESQL = ("mysql", "mariadb"), ("postgresql",)


def params(wanted=MYSQL_KIN + POSTGRESQL):
    """For tests that start a private server of each kind, or of the wanted ones."""
    return [pytest.param(kind, marks=marks(kind)) for kind in kinds() if kind in wanted]


def on(wanted):
    """Marks a test that is about these kinds alone; its `database` is one of them."""
    return pytest.mark.parametrize("opened", params(wanted), indirect=True)


def silent(line: str) -> None:
    """Progress that nobody reads."""


def engine_of(database, **address):
    return create_engine(database.url(**address), poolclass=NullPool)


def run(database, statement: str, **address) -> None:
    """One statement in a transaction and on a connection of its own, with the ordinary account."""
    with engine_of(database, **address).begin() as connection:
        connection.execute(text(statement))


def count(database) -> int:
    """How many rows there are, as the administrator sees it."""
    with database.admin_engine().connect() as connection:
        return connection.scalar(text("SELECT COUNT(*) FROM things"))


def code_of(action) -> tuple[str, str | int]:
    """The exception that an action ends in, and the server's code in it: a number, a SQLSTATE, or in its place words."""
    with pytest.raises(DBAPIError) as caught:
        action()
    original = caught.value.orig
    state = getattr(original, "sqlstate", None) if isinstance(original, psycopg.Error) else None
    return type(caught.value).__name__, state or original.args[0]


eventually = partial(waiting.eventually, seconds=SECONDS)
