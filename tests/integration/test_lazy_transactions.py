"""A transaction begins with the first write: what is sent to the server, and that nothing escapes a rollback."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pymysql
import pytest
from flask import Flask
from sqlalchemy import select

from backend.core.db import db
from backend.core.db.mysql import LazyConnection
from backend.modules.users.model import User
from tests.framework.api import Actor, Api
from tests.framework.waiting import HANG, eventually
from tests.integration.support.sql import Sql

ME = "/api/v1/users/me"
DEADLOCK, DUPLICATE = 1213, 1062

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch, actor: Actor) -> list[str]:
    """The first word of every statement that the application sends, once somebody is logged in."""
    words: list[str] = []
    send = LazyConnection._execute_command

    def note(self: LazyConnection, command: int, sql: str | bytes) -> None:
        words.append((sql if isinstance(sql, str) else sql.decode()).split()[0])
        send(self, command, sql)

    monkeypatch.setattr(LazyConnection, "_execute_command", note)
    return words


@pytest.fixture
def connection(app: Flask) -> Iterator[LazyConnection]:
    """A connection of the application's pool, without SQLAlchemy around it."""
    with app.app_context():
        taken = db.engine.raw_connection()
        yield taken.driver_connection
        taken.close()


def insert(connection: LazyConnection, openid: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO users (openid, nickname, avatar_url, role, created_at, updated_at) "
            "VALUES (%s, '', '', 'member', NOW(), NOW())",
            (openid,),
        )


def rename(connection: LazyConnection, openid: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE users SET nickname = %s WHERE openid = %s", (name, openid))


def openids(sql: Sql) -> list[str]:
    return [row[0] for row in sql.rows("SELECT openid FROM users WHERE openid LIKE 'lazy-%%' ORDER BY openid")]


def test_a_request_that_reads_is_one_round_trip(api: Api, actor: Actor, sent: list[str]):
    answer = api.get(ME, by=actor)

    assert answer.status_code == 200
    assert sent == ["SELECT"]


def test_a_request_that_writes_begins_with_its_first_write(api: Api, actor: Actor, sent: list[str]):
    answer = api.patch(ME, by=actor, json={"nickname": "new"})

    assert answer.status_code == 200
    assert sent == ["SELECT", "BEGIN", "UPDATE", "COMMIT"]


def test_what_a_failed_request_has_written_is_undone(app: Flask, sql: Sql, sent: list[str]):
    with app.app_context():
        db.session.add(User(openid="lazy-1"))
        db.session.flush()

    assert sent == ["BEGIN", "INSERT", "ROLLBACK"]
    assert openids(sql) == []


def test_a_read_that_locks_holds_its_lock(app: Flask, actor: Actor, sql: Sql, sent: list[str]):
    with app.app_context():
        db.session.scalars(select(User).with_for_update()).all()
        with pytest.raises(pymysql.OperationalError, match=r"NOWAIT|Lock wait timeout"):
            sql.rows("SELECT id FROM users FOR UPDATE NOWAIT")

    assert sent == ["BEGIN", "SELECT", "ROLLBACK"]
    assert sql.rows("SELECT id FROM users FOR UPDATE NOWAIT")


def test_after_a_duplicate_the_same_transaction_goes_on(connection: LazyConnection, sql: Sql):
    insert(connection, "lazy-1")
    with pytest.raises(pymysql.IntegrityError) as duplicate:
        insert(connection, "lazy-1")
    insert(connection, "lazy-2")
    seen_meanwhile = openids(sql)
    connection.rollback()

    assert duplicate.value.args[0] == DUPLICATE
    assert seen_meanwhile == openids(sql) == []


def test_after_a_deadlock_the_next_write_gets_a_transaction_of_its_own(
    app: Flask, connection: LazyConnection, sql: Sql
):
    for openid in ("lazy-1", "lazy-2"):
        insert(connection, openid)
    connection.commit()

    with pytest.raises(pymysql.OperationalError) as error:
        lose_a_deadlock(app, connection, sql)
    insert(connection, "lazy-3")
    seen_meanwhile = openids(sql)
    connection.rollback()

    assert error.value.args[0] == DEADLOCK
    assert seen_meanwhile == openids(sql) == ["lazy-1", "lazy-2"]


def lose_a_deadlock(app: Flask, connection: LazyConnection, sql: Sql) -> None:
    """Two transactions want each other's row; the one that has written less is undone, and that is `connection`'s."""
    with app.app_context():
        taken = db.engine.raw_connection()
    other = taken.driver_connection
    insert(other, "other-1")
    insert(other, "other-2")
    rename(other, "lazy-2", "other")
    rename(connection, "lazy-1", "loser")
    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(rename, other, "lazy-1", "other")
        eventually(lambda: sql.waiting("nickname = 'other' WHERE openid = 'lazy-1'"), "the other one waits")
        try:
            rename(connection, "lazy-2", "loser")
        finally:
            running.result(HANG)
            taken.close()
