"""The database that all candidates share: made by our migrations, filled with users, dropped at the end."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import make_url
from testdb.mysql import connect

from bench.candidates import USERS
from tests.framework import database, database_given, database_names
from tests.framework.measured_server import ROOT

UPGRADE = (sys.executable, "-m", "flask", "--app", "backend", "db", "upgrade")
INSERT = """INSERT INTO users (openid, nickname, avatar_url, phone, role, created_at, updated_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s)"""
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678901)  # noqa: DTZ001 - UTC, as the database keeps it


@contextmanager
def filled() -> Iterator[tuple[str, str]]:
    """URL and version: the server that INTEGRATION_DATABASE_URL names, else one that nobody else uses meanwhile."""
    way = database.provide if database_given.given() else database.provide_private
    with way() as server, database_names.fresh_database(server.url, "bench") as url:
        migrate(url)
        fill(url)
        yield url, server.version


def migrate(url: str) -> None:
    """Run the migrations in a process of their own."""
    environment = os.environ | {"APP_ENV": "development", "DATABASE_URL": url, "LOG_LEVEL": "WARNING"}
    subprocess.run(UPGRADE, cwd=ROOT, env=environment, check=True, timeout=60, stdout=subprocess.DEVNULL)


def fill(url: str) -> None:
    """Store the users; the first is an administrator."""
    parts = make_url(url)
    with connect(parts, parts.database) as connection, connection.cursor() as cursor:
        cursor.executemany(INSERT, [user(number) for number in range(USERS)])
        cursor.execute("ANALYZE TABLE users")
        cursor.fetchall()


def user(number: int) -> tuple:
    """A row; the openid is the one that the stand-in for WeChat gives for the code `bench-<number>`."""
    openid = "dev-" + hashlib.sha256(f"bench-{number}".encode()).hexdigest()[:24]
    role = "member" if number else "admin"
    avatar = f"https://example.com/avatars/{number}.png"
    return openid, f"用户 {number}", avatar, f"138{number:08d}", role, MOMENT, MOMENT
