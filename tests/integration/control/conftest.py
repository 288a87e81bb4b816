"""A database server that these tests may kill, freeze and misuse, and an application on it whose monitor runs."""

from collections.abc import Iterator

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import make_url
from testdb.server import Control, Server

from backend.core.db import db
from backend.core.db import monitor as db_monitor
from backend.settings import Settings
from tests.framework.api import Api
from tests.framework.database_names import fresh_database
from tests.framework.waiting import eventually
from tests.integration.support.applications import AS_IN_PRODUCTION, application
from tests.integration.support.sql import Sql

USER, PASSWORD = "touchstone_test", "only-for-tests-1"


@pytest.fixture(scope="session")
def database_of_administrator(settings: Settings, private_database_server: Server, worker: str) -> Iterator[str]:
    """A migrated database on the private server, as its administrator sees it."""
    with fresh_database(private_database_server.url, f"{worker}_control") as url:
        with application(settings, database_url=url) as app, app.app_context():
            flask_migrate.upgrade()
        yield url


@pytest.fixture(scope="session")
def private_url(database_of_administrator: str) -> str:
    """The same for an account like the application's in production: all rights on its database, none on the server."""
    url = make_url(database_of_administrator)
    with Sql(database_of_administrator) as sql:
        sql.run(f"CREATE USER {USER}@'%%' IDENTIFIED BY %s", PASSWORD)
        sql.run(f"GRANT ALL ON `{url.database}`.* TO {USER}@'%'")
    return url.set(username=USER, password=PASSWORD).render_as_string(hide_password=False)


@pytest.fixture
def administrator(database_of_administrator: str) -> Iterator[Sql]:
    with Sql(database_of_administrator) as sql:
        yield sql


@pytest.fixture
def control(private_database_server: Server) -> Control:
    assert private_database_server.control is not None
    return private_database_server.control


@pytest.fixture
def empty_tables(administrator: Sql) -> None:
    """What an earlier test left on the private server is gone."""
    for table in reversed(db.metadata.sorted_tables):
        administrator.run(f"DELETE FROM {table.name}")


@pytest.fixture
def private_app(settings: Settings, private_url: str, empty_tables: None, real_commits: None) -> Iterator[Flask]:
    """An application on the private server, with production's limits and empty tables; its monitor does not run yet."""
    changes = {"db_pool_size": 4, "db_monitor_interval": 0.2}
    with application(settings, database_url=private_url, **AS_IN_PRODUCTION | changes) as app:
        yield app


@pytest.fixture
def watched_app(private_app: Flask) -> Flask:
    """The same with its monitor running, as in production."""
    private_app.extensions[db_monitor.EXTENSION].start()
    eventually(lambda: Api(private_app).get("/health").status_code == 200, "the application is healthy")
    return private_app
