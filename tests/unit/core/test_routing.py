"""The route table: what it says is what is served, and nothing is served that it does not say."""

import pytest
from flask import Flask

from backend import create_app, modules
from backend.core.security.access import public, signature, user
from backend.core.web import routing
from backend.core.web.route import Route
from backend.core.web.routing import RouteError, check_every_route, register
from tests.framework.tables import table


def show(number: int) -> dict[str, int]:
    """Show a number"""
    return {"number": number}


def show_any(number: int) -> dict[str, int]:
    """Show a number, or zero"""
    return {"number": number}


def anything() -> None: ...


KINDS = {"id": show, "int": show_any}
NO_NUMBERS = ("-1", "1.0", "x", "１", "1" + "0" * 18)


class TestAccessIsStated:
    @pytest.mark.parametrize("access", [None, "public", True, lambda: None])
    def test_a_route_that_states_none_is_not_registered(self, build, access):
        with pytest.raises(RouteError, match="GET /api/probe states no access word; add public, user or permission"):
            build([Route("GET", "/api/probe", anything, access)])

    @pytest.mark.parametrize(
        ("access", "message"),
        [(None, "/api/probe"), (signature("fax"), r"no check is registered for signature\(fax\)")],
    )
    def test_a_module_without_one_or_whose_nobody_checks_does_not_start(
        self, settings, monkeypatch, logging_restored, access, message
    ):
        monkeypatch.setattr("backend.modules.health.routes.ROUTES", [Route("GET", "/api/probe", anything, access)])

        with pytest.raises(RouteError, match=message):
            create_app(settings)

    def test_a_rule_beside_the_tables_does_not_start(self, settings, monkeypatch, logging_restored):
        def with_a_stranger(app: Flask, _: object) -> None:
            app.add_url_rule("/stranger", view_func=anything)
            app.add_url_rule("/another", "another", anything)

        monkeypatch.setattr(modules, "init_app", with_a_stranger)

        with pytest.raises(RouteError, match="nobody knows who may call them: /another, /stranger"):
            create_app(settings)

    def test_the_shipped_application_has_no_such_rule(self, app):
        assert check_every_route(app) is None

    def test_the_shipped_routes_name_methods_once(self, app):
        routes = [(e.route.method, e.route.path) for e in routing.endpoints(app)]

        assert len(routes) == len(set(routes)) > 10


class TestRoute:
    @table(
        "method, replay, writes, replayable",
        [
            ("GET", None, False, True),
            ("HEAD", None, False, True),
            ("POST", None, True, False),
            ("PUT", None, True, True),
            ("PATCH", None, True, True),
            ("DELETE", None, True, True),
            ("POST", True, True, True),
            ("PATCH", False, True, False),
        ],
    )
    def test_post_alone_is_not_replayed_unless_it_says_so(self, method, replay, writes, replayable):
        route = Route(method, "/x", anything, public, replay=replay)

        assert (route.writes, route.replayable) == (writes, replayable)


class TestPut:
    """Some clients have no PATCH, so PUT does the same."""

    def test_a_patch_answers_to_put_as_well(self, build):
        def change() -> None: ...

        app = build([Route("PATCH", "/api/probe/thing", change, public, rate="2/hour")], ratelimit_enabled=True)
        client = app.test_client()

        statuses = [client.open("/api/probe/thing", method=method).status_code for method in ("PUT", "PATCH", "PUT")]

        assert statuses == [200, 200, 429]  # one counter for both

    def test_a_put_of_its_own_stays(self, build):
        def change() -> str:
            return "changed"

        def replace() -> str:
            return "replaced"

        app = build([Route("PATCH", "/api/probe/x", change, public), Route("PUT", "/api/probe/x", replace, public)])

        assert app.test_client().put("/api/probe/x").json["data"] == "replaced"
        assert app.test_client().patch("/api/probe/x").json["data"] == "changed"


class TestNumbersOfThePath:
    @pytest.fixture
    def client(self, build):
        kinds = [Route("GET", f"/api/probe/{kind}/<{kind}:number>", handler, public) for kind, handler in KINDS.items()]
        return build(kinds).test_client()

    @table("path", ["id/1", "id/9", "id/10", f"id/{10**18 - 1}", "int/0", "int/7", f"int/{10**18 - 1}"])
    def test_those_that_fit_the_database_pass(self, client, path):
        assert client.get(f"/api/probe/{path}").get_json()["data"] == {"number": int(path.partition("/")[2])}

    @table("text", ["0", "+1", "01", "1e3", "0x10", "%20", "1%0a", "", "1/", "1;", *NO_NUMBERS])
    def test_everything_else_is_no_id(self, client, text):
        self.assert_not_found(client, f"id/{text}")

    @table("text", ["9" * 5000, *NO_NUMBERS])
    def test_everything_else_is_no_whole_number(self, client, text):
        self.assert_not_found(client, f"int/{text}")

    @staticmethod
    def assert_not_found(client, path):
        response = client.get(f"/api/probe/{path}")

        assert response.status_code == 404
        assert response.get_json()["code"] == 0


def test_endpoints_are_named_after_module_and_function(build):
    app = build([Route("GET", "/api/probe", anything, user)])

    endpoint = routing.endpoints(app)[-1]

    assert (endpoint.name, endpoint.module) == ("probe.anything", "probe")


def test_routes_can_be_registered_for_several_modules(build):
    app = build()

    for module in ("one", "two"):
        register(app, module, [Route("GET", f"/api/{module}", anything, public)])

    assert [app.test_client().get(f"/api/{module}").status_code for module in ("one", "two")] == [200, 200]
