"""The server goes away, in order, by a kill or by falling silent: 503 at once, and back by itself."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from testdb.server import Control

from backend.core.db import connections as db_connections
from backend.core.db import db
from backend.core.db import monitor as db_monitor
from tests.framework.api import Actor, Api, assert_come_back
from tests.framework.waiting import HANG, eventually
from tests.integration.support.applications import checked_out
from tests.integration.support.outages import ENDINGS, attempts_to_connect, ended, frozen

LOGIN = "/api/v1/auth/wechat/login"
ME = "/api/v1/users/me"
HEALTH = ("/health", "/health/ready")
THREADS = 4
BOUND = 30  # seconds that no request may take, many times the sum of the time-outs

pytestmark = pytest.mark.control


def is_down(api: Api) -> bool:
    return {api.get(path).status_code for path in HEALTH} == {503}


def works(api: Api, actor: Actor) -> bool:
    answers = [api.get("/health"), api.get(ME, by=actor), api.patch(ME, json={"nickname": "back"}, by=actor)]
    return [answer.status_code for answer in answers] == [200] * 3


@pytest.mark.parametrize("how", ENDINGS)
def test_without_a_server_requests_are_refused_and_work_again_by_themselves(
    watched_app: Flask, control: Control, how: str
):
    api = Api(watched_app)
    actor = api.login()

    with ended(control, how):
        first = api.get(ME, by=actor)
        eventually(lambda: is_down(api), "health says that the database is down")
        with attempts_to_connect(watched_app) as attempts:
            later = [api.get(ME, by=actor), api.patch(ME, json={"nickname": "x"}, by=actor)]
        live = api.get("/health/live")

    for answer in [first, *later]:
        assert_come_back(answer)
    assert attempts == []  # refused at once: nobody has gone to the server
    assert live.status_code == 200
    eventually(lambda: works(api, actor), "the application works again by itself")
    assert checked_out(watched_app) == 0


@pytest.mark.parametrize("how", ENDINGS)
def test_an_application_that_starts_before_its_database_works_once_that_is_there(
    private_app: Flask, control: Control, how: str
):
    api = Api(private_app)
    with ended(control, how):
        private_app.extensions[db_monitor.EXTENSION].start()
        eventually(lambda: is_down(api), "health says that the database is down")
        refused = api.post(LOGIN, json={"code": "alice"})

    assert_come_back(refused)
    eventually(lambda: api.post(LOGIN, json={"code": "alice"}).status_code == 200, "the application works by itself")


def test_a_silent_server_costs_a_request_its_time_out_and_no_more(watched_app: Flask, control: Control):
    api = Api(watched_app)
    actor = api.login()

    with ThreadPoolExecutor(THREADS) as threads, frozen(control):
        requests = [threads.submit(Api(watched_app).get, ME, by=actor) for _ in range(THREADS)]
        eventually(lambda: checked_out(watched_app) > 0, "requests wait for the server")
        live = api.get("/health/live")
        waiting = [request for request in requests if not request.done()]
        refused = [request.result(BOUND) for request in requests]
        eventually(lambda: is_down(api), "health says that the database is down")
        with attempts_to_connect(watched_app) as attempts:
            later = api.get(ME, by=actor)

    assert live.status_code == 200
    assert waiting
    for answer in [*refused, later]:
        assert_come_back(answer)
    assert attempts == []
    eventually(lambda: works(api, actor), "the application works again by itself")
    assert checked_out(watched_app) == 0


def test_a_server_that_falls_silent_for_a_moment_is_waited_for(watched_app: Flask, control: Control):
    api = Api(watched_app)
    actor = api.login()

    with ThreadPoolExecutor(1) as threads:
        with frozen(control):
            request = threads.submit(api.get, ME, by=actor)
            eventually(lambda: checked_out(watched_app) == 1, "a request waits for the server")

        assert request.result(HANG).status_code == 200


def test_after_a_restart_a_number_of_before_ends_nobody(watched_app: Flask, control: Control):
    """A server that is started anew gives its numbers again: whoever has one now is innocent."""
    api = Api(watched_app)
    actor = api.login()
    with watched_app.app_context():
        gone = db_connections.number(db.session())
    with ended(control, "kill"):
        eventually(lambda: is_down(api), "health says that the database is down")
    eventually(lambda: works(api, actor), "the application works again by itself")

    with watched_app.app_context(), db.engine.connect() as one, db.engine.connect() as other:
        innocent, ending = sorted((Session(one), Session(other)), key=db_connections.number)
        present = db_connections.number(innocent)

        db_connections.end(ending, gone._replace(number=present.number))
        assert innocent.scalar(db.text("SELECT CONNECTION_ID()")) == present.number

        db_connections.end(ending, present)
        with pytest.raises(DBAPIError):
            innocent.scalar(db.text("SELECT CONNECTION_ID()"))
