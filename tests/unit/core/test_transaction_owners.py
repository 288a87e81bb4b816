"""Who owns the transaction of each route: the endpoint, or the steps of a handler that calls somebody in between."""

import pytest

from backend.core.db import db
from backend.core.db.transactions import OpenTransactionError, run_unit
from backend.core.security.access import public
from backend.core.web.route import Route
from backend.core.web.routing import RouteError, endpoints, register
from tests.unit.core.support import Thing, app_fixture, things

STEPS = {
    "auth": {"wechat_login", "wechat_cloud_login", "bind_phone"},
    "orders": {"create_order", "cancel_order"},
    "payments": {"create_payment"},
}


def test_every_route_is_owned_by_its_endpoint_but_these(app):
    modules = {endpoint.module for endpoint in endpoints(app)}

    steps = {e.name for e in endpoints(app) if e.route.transaction == "steps" and e.module != "probe"}

    assert steps == {f"{module}.{name}" for module, names in STEPS.items() if module in modules for name in names}


def add(name):
    db.session.add(Thing(name=name))
    db.session.flush()


def stores_in_steps() -> None:
    for name in ("first", "second"):
        run_unit(lambda name=name: add(name), commit=True, replay=True)


def leaves_a_write_open() -> None:
    add("lost")


def leaves_a_read_open() -> None:
    db.session.scalar(db.select(Thing))


def fails_between_steps() -> None:
    run_unit(lambda: add("kept"), commit=True, replay=True)
    add("lost")
    raise LookupError


def looks_whether_one_is_open() -> bool:
    return bool(db.session().in_transaction())


ROUTES = [
    Route("POST", f"/api/probe/{handler.__name__}", handler, public, transaction="steps")
    for handler in (
        stores_in_steps,
        leaves_a_write_open,
        leaves_a_read_open,
        fails_between_steps,
        looks_whether_one_is_open,
    )
]


probes = app_fixture(ROUTES)


@pytest.fixture
def app(probes):
    return probes


class TestSteps:
    def test_each_step_is_committed_by_itself(self, probes, client):
        assert client.post("/api/probe/stores_in_steps").status_code == 200
        assert things(probes) == ["first", "second"]

    def test_begin_without_a_transaction(self, client):
        assert client.post("/api/probe/looks_whether_one_is_open").json["data"] is False

    @pytest.mark.parametrize("handler", ["leaves_a_write_open", "leaves_a_read_open"])
    def test_one_that_is_left_open_is_a_mistake(self, probes, client, handler, log_lines):
        assert client.post(f"/api/probe/{handler}").status_code == 500

        (line,) = [line for line in log_lines if line["event"] == "request.failed"]
        assert isinstance(line["exc_info"], OpenTransactionError)
        assert things(probes) == []

    def test_what_was_committed_before_an_error_stays(self, probes, client):
        assert client.post("/api/probe/fails_between_steps").status_code == 500
        assert things(probes) == ["kept"]


def test_steps_say_themselves_what_may_run_again(probes):
    route = Route("POST", "/api/probe/never", stores_in_steps, public, transaction="steps", replay=True)

    with pytest.raises(RouteError, match=r"POST /api/probe/never .*steps"):
        register(probes, "probe", [route])
