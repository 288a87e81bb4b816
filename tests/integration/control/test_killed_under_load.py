"""The server is killed while requests run: each gets an answer, and what was acknowledged is still there afterwards."""

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest
from flask import Flask
from testdb.server import Control

from tests.framework.api import Actor, Api
from tests.framework.waiting import HANG, eventually
from tests.integration.support.applications import checked_out
from tests.integration.support.outages import ended
from tests.integration.support.sql import Sql

ME = "/api/v1/users/me"
USERS = 4
BETWEEN = 0.02  # seconds that a client waits after a refusal

pytestmark = pytest.mark.control


class Client:
    """Counts upwards in its user's nickname until it is told to stop; remembers every answer."""

    def __init__(self, app: Flask, actor: Actor) -> None:
        self._api, self._actor = Api(app), actor
        self.tried = self.acknowledged = 0
        self.statuses: list[int] = []

    def run(self, stop: Event) -> None:
        while not stop.is_set():
            self.tried += 1
            answer = self._api.patch(ME, json={"nickname": str(self.tried)}, by=self._actor)
            self.statuses.append(answer.status_code)
            if answer.status_code == 200:
                self.acknowledged = self.tried
            else:
                stop.wait(BETWEEN)

    def kept(self, sql: Sql) -> bool:
        """Whether the database has the last acknowledged number, or a later one whose answer was lost."""
        stored = int(sql.value("SELECT nickname FROM users WHERE id = %s", self._actor.id))
        return self.acknowledged <= stored <= self.tried


def all_go_on(clients: list[Client], running: list[Future[None]]) -> None:
    """Wait until each client has had some more successes."""
    before = [client.acknowledged for client in clients]

    def look() -> bool:
        for thread in running:
            if thread.done():
                thread.result()
        return all(client.acknowledged >= number + 3 for client, number in zip(clients, before, strict=True))

    eventually(look, "every client is served")


def test_a_kill_under_load_loses_nothing_that_was_acknowledged(
    watched_app: Flask, control: Control, database_of_administrator: str
):
    api = Api(watched_app)
    clients = [Client(watched_app, api.login()) for _ in range(USERS)]
    stop = Event()
    with ThreadPoolExecutor(USERS) as threads:
        running = [threads.submit(client.run, stop) for client in clients]
        try:
            all_go_on(clients, running)
            with ended(control, "kill"):
                eventually(lambda: all(503 in client.statuses for client in clients), "every client is refused")
            all_go_on(clients, running)
        finally:
            stop.set()
        for thread in running:
            thread.result(HANG)

    assert {status for client in clients for status in client.statuses} == {200, 503}
    with Sql(database_of_administrator) as sql:
        assert [client.kept(sql) for client in clients] == [True] * USERS
    assert checked_out(watched_app) == 0
    assert api.get("/health").status_code == 200
