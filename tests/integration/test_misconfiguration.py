"""A database that was set up wrongly is a mistake of ours: 500, the reason in the log, nothing of it in the answer."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import make_url
from structlog.testing import capture_logs
from testdb.server import Server

from backend.core.db import monitor as db_monitor
from backend.core.db.monitor import State
from backend.settings import Settings
from tests.framework.api import Api
from tests.framework.database_names import fresh_database
from tests.framework.waiting import eventually
from tests.integration.support.applications import application

LOGIN = "/api/v1/auth/wechat/login"
SECRET = "the-wrong-password"

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def wrong_password(settings: Settings) -> Iterator[Flask]:
    url = make_url(settings.database_url.get_secret_value()).set(password=SECRET)
    with application(settings, database_url=url.render_as_string(hide_password=False)) as app:
        yield app


@pytest.fixture
def no_tables(settings: Settings, database_server: Server, worker: str) -> Iterator[Flask]:
    with (
        fresh_database(database_server.url, f"{worker}_empty") as url,
        application(settings, database_url=url) as app,
    ):
        yield app


@pytest.mark.parametrize(("app_with", "number"), [("wrong_password", 1045), ("no_tables", 1146)])
def test_the_answer_says_nothing_and_the_log_says_what(request: pytest.FixtureRequest, app_with: str, number: int):
    app = request.getfixturevalue(app_with)

    with capture_logs() as logs:
        answer = Api(app).post(LOGIN, json={"code": "alice"})

    error = next(line for line in logs if line["event"] == "request.failed")
    assert answer.status_code == 500
    assert answer.json == {"code": 0, "data": {}, "msg": "The server could not handle the request."}
    assert error["log_level"] == "error"
    assert error["exc_info"].orig.args[0] == number


def test_the_monitor_says_why_it_takes_the_database_for_down(wrong_password: Flask):
    monitor = wrong_password.extensions[db_monitor.EXTENSION]

    with capture_logs() as logs:
        monitor.start()
        eventually(lambda: monitor.state is State.DOWN, "the monitor knows")

    line = next(line for line in logs if line["event"] == "db.state")
    assert (line["state"], line["fault"], line["log_level"]) == ("down", "config", "error")
    assert "1045" in line["error"]
    assert SECRET not in str(logs)
