"""Provisions a test database: a server by URL or from a provider, then an account and an empty database on it."""

import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psycopg
import pymysql  # type: ignore[import-untyped]
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from testdb import mysql, postgresql, providers
from testdb.database import Account, Administration, Database, ProviderName, checked
from testdb.language import _
from testdb.mysql import MySqlAdministration
from testdb.postgresql import PostgreSqlAdministration
from testdb.server import TITLES, DatabaseUnavailableError, Kind, Say, Server

MYSQL = ("mysql", "mysql+pymysql", "mariadb", "mariadb+pymysql")
POSTGRESQL = ("postgresql", "postgresql+psycopg", "postgres")
FORMS: dict[Kind, str] = {
    "mysql": "mysql+pymysql://user:password@host:3306/",
    "mariadb": "mysql+pymysql://user:password@host:3306/",
    "postgresql": "postgresql+psycopg://user:password@host:5432/",
}


def open_server(kind: Kind, text: str, say: Say) -> Server:
    """The external server at this URL. Raises `DatabaseUnavailableError` if it does not answer or is of another kind."""
    url = server_url(kind, text)
    shown = url.render_as_string(hide_password=True)
    version = _version(kind, url, shown)
    if not version.startswith(TITLES[kind]):
        actual = next((other for other, title in TITLES.items() if version.startswith(title)), str(_("another kind")))
        raise DatabaseUnavailableError(
            _(
                "{url} is {version}, no {kind}: choose {actual}",
                url=shown,
                version=version,
                kind=TITLES[kind],
                actual=actual,
            )
        )
    say(f"{shown} ({version})")
    return Server(url.render_as_string(hide_password=False), "url", version)


def _version(kind: Kind, url: URL, shown: str) -> str:
    try:
        return postgresql.version(url) if kind == "postgresql" else mysql.version(url)
    except (pymysql.Error, psycopg.Error, OSError, RuntimeError) as error:
        raise DatabaseUnavailableError(
            _("{url} does not answer: {reason}", url=shown, reason=str(error).strip())
        ) from error


def server_url(kind: Kind, text: str) -> URL:
    """The server's URL without database and query, which a proxy could not use."""
    with suppress(ArgumentError, ValueError):
        url = make_url(text)
        drivers, driver, port = (
            (POSTGRESQL, postgresql.DRIVER, 5432) if kind == "postgresql" else (MYSQL, mysql.DRIVER, 3306)
        )
        if url.drivername in drivers and url.host:
            return url.set(drivername=driver, port=url.port or port, database="", query={})
    raise DatabaseUnavailableError(
        _("this is no address of a {kind} server; write {form}", kind=TITLES[kind], form=FORMS[kind])
    )


ERRORS = (pymysql.Error, psycopg.Error)
PROVIDERS: dict[str, ProviderName] = {"private": "local", "docker": "docker", "url": "url"}


def to_stderr(line: str) -> None:
    """The default for `say`."""
    sys.stderr.write(line + "\n")


@contextmanager
def open_database(
    kind: Kind, provider: str | None = None, name: str = "faultlab", say: Say = to_stderr
) -> Iterator[Database]:
    """An empty database and an ordinary account for it; both, and a private server, are removed at the end.

    `provider`: `local` (installed programs), `docker`, the URL of an administrator's account, or None for the first of local and
    docker that works. On an external server, where others have databases, the name ends in random letters.
    Raises `DatabaseUnavailableError`, whose message says what to do.
    """
    if kind not in TITLES:
        raise DatabaseUnavailableError(
            _("{kind}: no such kind of database; take {kinds}", kind=kind, kinds=", ".join(TITLES))
        )
    checked(name)
    with ExitStack() as stack:
        if provider is not None and "://" in provider:
            server = open_server(kind, provider, say)
        else:
            server = stack.enter_context(
                providers.first_that_works(providers.named(kind, provider), say, providers.advice(kind))
            )
        database = _on(server, kind, name)
        _make_account(database)
        if server.control is None:
            stack.callback(_drop, database, say)
        with _explained(database):
            database.create()
            database.quiet()
        yield database


def _on(server: Server, kind: Kind, name: str) -> Database:
    """The description of a database to be created."""
    url = make_url(server.url)
    suffix = secrets.token_hex(4) if server.control is None else ""
    administration: Administration = (
        PostgreSqlAdministration(url, own=not suffix)
        if kind == "postgresql"
        else MySqlAdministration(url, own=not suffix)
    )
    return Database(
        kind,
        server.version,
        PROVIDERS[server.kind],
        str(url.host),
        int(url.port or 0),
        name + suffix,
        Account("app" + suffix, secrets.token_hex(16)),
        administration,
        server.control,
        suffix,
    )


def _make_account(database: Database) -> None:
    with _explained(database):
        database.administration.create_account(database.account.name, database.account.password)


@contextmanager
def _explained(database: Database) -> Iterator[None]:
    """Explain errors of an account that lacks rights of an administrator."""
    try:
        yield
    except ERRORS as error:
        raise DatabaseUnavailableError(
            _(
                "the account of {server} may not do what the laboratory has to do: {reason}\n"
                "Give the URL of an administrator's account, on a server that is there for tests.",
                server=_address(database),
                reason=str(error).strip(),
            )
        ) from error


def _drop(database: Database, say: Say) -> None:
    """Drop database and account on an external server; tell what could not be dropped."""
    try:
        database.administration.drop(database.made, database.account.name)
    except ERRORS as error:
        left = ", ".join([*database.made, str(_("account {name}", name=database.account.name))])
        text = _(
            "left on {server}, drop by hand: {left} ({reason})",
            server=_address(database),
            left=left,
            reason=str(error).strip(),
        )
        say(str(text))


def _address(database: Database) -> str:
    return f"{database.host}:{database.port}"
