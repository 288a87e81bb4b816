"""Health: what a load balancer and a container platform ask, and what they do with the answer."""

import pytest
from sqlalchemy.orm import Session

from backend.core import drain
from backend.core.db import monitor as db_monitor
from backend.core.db.monitor import State

PROBES = ["/health", "/health/ready"]


@pytest.fixture
def database_is(app, monkeypatch):
    """What the monitor saw last."""
    return lambda state: monkeypatch.setattr(app.extensions[db_monitor.EXTENSION], "state", state)


@pytest.fixture
def draining(tmp_path, monkeypatch):
    """The server has been told to stop."""
    file = tmp_path / "draining"
    file.touch()
    monkeypatch.setenv(drain.VARIABLE, str(file))
    return file


class TestHealth:
    @pytest.mark.parametrize("path", PROBES)
    def test_anonymous_is_told_that_the_database_is_up(self, api, path):
        response = api.get(path)

        assert (response.status_code, response.json["data"]) == (200, {"status": "healthy", "database": "up"})

    @pytest.mark.parametrize("path", PROBES)
    @pytest.mark.parametrize("state", [State.DOWN, State.UNKNOWN])
    def test_is_503_in_every_other_state(self, api, database_is, path, state):
        database_is(state)

        response = api.get(path)

        assert response.status_code == 503
        assert response.json["data"] == {"status": "unhealthy", "database": state.value}
        assert int(response.headers["Retry-After"]) >= 1

    def test_says_apart_what_is_away_and_what_was_not_asked_yet(self, api, database_is):
        messages = set()
        for state in (State.DOWN, State.UNKNOWN):
            database_is(state)
            messages.add(api.get("/health").json["msg"])

        assert len(messages) == 2

    @pytest.mark.parametrize("path", [*PROBES, "/health/live"])
    def test_never_touches_the_database(self, api, app, fails, path):
        touched = AssertionError("a health probe waited for the database")
        fails(app.extensions[db_monitor.EXTENSION], "probe", always=touched)
        fails(Session, "_connection_for_bind", always=touched)

        assert api.get(path).status_code == 200

    def test_follows_the_monitor(self, api, app, database_is):
        database_is(State.DOWN)
        before = api.get("/health").status_code

        app.extensions[db_monitor.EXTENSION].probe()

        assert (before, api.get("/health").status_code) == (503, 200)


class TestReady:
    def test_is_off_while_the_server_stops(self, api, draining):
        response = api.get("/health/ready")

        assert response.status_code == 503
        assert response.json["msg"] == "The server is stopping."
        assert response.json["data"] == {"status": "unhealthy", "database": "up"}

    def test_is_on_again_when_the_sign_is_gone(self, api, draining):
        draining.unlink()

        assert api.get("/health/ready").status_code == 200

    @pytest.mark.usefixtures("draining")
    @pytest.mark.parametrize("path", ["/health", "/health/live"])
    def test_stopping_is_not_being_ill(self, api, path):
        assert api.get(path).status_code == 200


class TestLive:
    def test_anonymous_may_ask(self, api):
        assert api.get("/health/live").json["data"] == {"status": "alive"}

    def test_holds_without_a_database(self, api, database_is, draining):
        database_is(State.DOWN)

        assert api.get("/health/live").status_code == 200
