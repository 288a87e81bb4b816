"""Statements that take too long are stopped by the server; the driver is the last to give up."""

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.framework.api import Actor, Api, assert_come_back
from tests.integration.support.applications import MakeApp, checked_out, connection_id
from tests.integration.support.probes import PATH
from tests.integration.support.sql import Sql

ME = "/api/v1/users/me"

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def patient(make_app: MakeApp) -> Flask:
    """An application whose server gives up early and whose driver so late that it loses the connection which is tested for."""
    return make_app(db_pool_size=1, db_lock_timeout=1, db_statement_timeout=1.2)


@pytest.fixture
def locked_table(sql: Sql, actor: Actor) -> Iterator[Sql]:
    """A table that nobody gets at, as while a migration changes it; until `UNLOCK TABLES`."""
    sql.run("LOCK TABLES users WRITE")
    yield sql
    sql.run("UNLOCK TABLES")


def test_the_server_stops_a_slow_read_and_the_connection_is_kept(patient: Flask):
    before = connection_id(patient)

    refused = Api(patient).get(f"{PATH}/endless")

    assert_come_back(refused)
    assert connection_id(patient) == before


def test_what_the_server_does_not_stop_is_given_up_by_the_driver(make_app: MakeApp, actor: Actor, sql: Sql):
    app = make_app(db_pool_size=1, db_lock_timeout=1, db_statement_timeout=1.2, db_read_timeout=2)

    refused = Api(app).post(f"{PATH}/endless")

    for abandoned in sql.waiting("SLEEP"):  # MySQL goes on with it; MariaDB has stopped it
        sql.kill(abandoned)
    assert_come_back(refused)
    assert checked_out(app) == 0
    assert Api(app).get(ME, by=actor).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"), [("PATCH", ME, {"nickname": "late"}), ("POST", f"{PATH}/raw-users", {"openid": "late"})]
)
def test_nobody_waits_for_ever_for_a_table_that_is_being_changed(
    patient: Flask, locked_table: Sql, actor: Actor, method: str, path: str, body: dict
):
    api = Api(patient)

    refused = api.call(method, path, json=body, by=actor)

    locked_table.run("UNLOCK TABLES")
    assert_come_back(refused)
    assert checked_out(patient) == 0
    assert api.call(method, path, json=body, by=actor).status_code == 200
