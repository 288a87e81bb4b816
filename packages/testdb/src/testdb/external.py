"""An external server, named by a URL. Others use it too: we make databases and an account with names of their own, and drop them."""

from contextlib import suppress

import psycopg
import pymysql  # type: ignore[import-untyped]
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from testdb import mysql, postgresql
from testdb.language import _
from testdb.server import TITLES, DatabaseUnavailableError, Kind, Say, Server

MYSQL = ("mysql", "mysql+pymysql", "mariadb", "mariadb+pymysql")
POSTGRESQL = ("postgresql", "postgresql+psycopg", "postgres")
FORMS: dict[Kind, str] = {
    "mysql": "mysql+pymysql://user:password@host:3306/",
    "mariadb": "mysql+pymysql://user:password@host:3306/",
    "postgresql": "postgresql+psycopg://user:password@host:5432/",
}


def open_server(kind: Kind, text: str, say: Say) -> Server:
    """The server, if it answers and is of this kind."""
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
    """The server's address; the database in the URL is never touched, and what follows `?` is not for a proxy."""
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
