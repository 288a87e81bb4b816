"""A server that is there and says no: read-only in the middle of a failover, or with too many connections."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pymysql
import pytest
from flask import Flask

from backend.core.db import db
from tests.framework.api import Api, assert_come_back
from tests.framework.waiting import eventually
from tests.integration.support.applications import connection_id
from tests.integration.support.sql import Sql

ME = "/api/v1/users/me"
LIMIT = 10  # the smallest that MariaDB takes
TOO_MANY = 1040

pytestmark = pytest.mark.control


@contextmanager
def server_wide(administrator: Sql, name: str, value: int) -> Iterator[None]:
    """A global variable has another value for a while."""
    before = administrator.value(f"SELECT @@GLOBAL.{name}")
    administrator.run(f"SET GLOBAL {name} = {value}")
    try:
        yield
    finally:
        administrator.run(f"SET GLOBAL {name} = {before}")


@contextmanager
def taken_connections(url: str, administrator: Sql) -> Iterator[None]:
    """Every connection that the server allows is in use."""
    eventually(lambda: not administrator.waiting(""), "nobody else is connected any more")
    with ExitStack() as stack:
        with pytest.raises(pymysql.OperationalError, match=f"^.{TOO_MANY},"):
            connect_too_often(stack, url)
        yield


def connect_too_often(stack: ExitStack, url: str) -> None:
    for _ in range(LIMIT + 2):
        stack.enter_context(Sql(url))


def test_a_read_only_server_is_read_and_its_connection_is_not_kept_for_writing(private_app: Flask, administrator: Sql):
    api = Api(private_app)
    actor = api.login()
    before = connection_id(private_app)

    with server_wide(administrator, "read_only", 1):
        refused = api.patch(ME, json={"nickname": "later"}, by=actor)
        read = api.get(ME, by=actor)
    accepted = api.patch(ME, json={"nickname": "now"}, by=actor)

    assert_come_back(refused)
    assert read.status_code == 200
    assert connection_id(private_app) != before
    assert accepted.json["data"]["nickname"] == "now"


def test_a_server_without_a_free_connection_is_asked_again_by_itself(
    private_app: Flask, private_url: str, administrator: Sql
):
    api = Api(private_app)
    actor = api.login()
    with private_app.app_context():
        db.engine.dispose()

    with server_wide(administrator, "max_connections", LIMIT):
        with taken_connections(private_url, administrator):
            refused = [api.get(ME, by=actor) for _ in range(3)]
        eventually(lambda: api.get(ME, by=actor).status_code == 200, "the application works again")

    for answer in refused:
        assert_come_back(answer)
