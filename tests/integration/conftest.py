"""The integration suite: a real MySQL or MariaDB, and a schema that the migrations made.

`.env.integration` is loaded before anything of `backend` is imported; each worker has a database of its own.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from dotenv import dotenv_values

pytest_plugins = ["tests.framework.database_plugin"]

ROOT = Path(__file__).resolve().parents[2]
os.environ.update({name: value or "" for name, value in dotenv_values(ROOT / ".env.integration").items()})

from flask import Flask  # noqa: E402

from backend.settings import Settings, load_settings  # noqa: E402
from tests.framework.api import Actor, Api  # noqa: E402
from tests.framework.application import *  # noqa: E402, F403
from tests.framework.application import prepare  # noqa: E402
from tests.integration.support.applications import MakeApp, application  # noqa: E402
from tests.integration.support.sql import Sql  # noqa: E402

AMPLE = {  # a slow machine must not be taken for a fault; tests of the limits make an application with short ones
    "DB_POOL_SIZE": "10",
    "SERVER_THREADS": "12",
    "DB_POOL_TIMEOUT": "60",
    "DB_LOCK_TIMEOUT": "30",
    "DB_STATEMENT_TIMEOUT": "40",
    "DB_CONNECT_TIMEOUT": "30",
    "DB_READ_TIMEOUT": "60",
}


@pytest.fixture(scope="session")
def worker(pytestconfig: pytest.Config) -> str:
    """This process among those of the run, e.g. `gw0`; a part of the names of its databases."""
    return str(getattr(pytestconfig, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def settings(database_url: str) -> Settings:
    """The settings as a process with this environment reads them; they refuse a database without `test` in its name."""
    os.environ.update({"DATABASE_URL": database_url, **AMPLE})
    return load_settings()


@pytest.fixture(scope="session")
def app(settings: Settings) -> Iterator[Flask]:
    with application(settings) as app:
        with app.app_context():
            flask_migrate.upgrade()
        yield prepare(app)


@pytest.fixture
def make_app(settings: Settings) -> Iterator[MakeApp]:
    """Another application on the same database: `make_app(db_pool_size=1)`. Ask for `real_commits` too."""
    with ExitStack() as stack:

        def make(**changes: Any) -> Flask:
            return prepare(stack.enter_context(application(settings, **changes)))

        yield make


@pytest.fixture
def actor(api: Api) -> Actor:
    """A user who has logged in."""
    return api.login()


@pytest.fixture
def sql(database_url: str) -> Iterator[Sql]:
    """A connection that does not go through the application: it sees what is committed, and nothing else."""
    with Sql(database_url) as sql:
        yield sql
