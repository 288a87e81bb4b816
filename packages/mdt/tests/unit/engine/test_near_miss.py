"""The report about an unmatched request names what is wrong, and nothing else."""

import pytest

from mdt.engine.masking import near_miss_as_json
from mdt.errors import UnmatchedRequestError
from tests.unit.folders import Player, loaded, player

ROUTES = """
POST /internal/check:
  match: {json: {id: {type: string}, quantity: {type: integer}}, headers: {x-tenant: {any: true}}}
  ok: {json: 1}
  out: {json: 2}
GET /internal/products/{id}: {ok: {json: 3}}
POST /internal/cancel: {ok: {json: 4}}
GET /internal/only: {out: {json: 5}}
"""
GOOD = {"data": {"id": "a", "quantity": 1}, "headers": {"x-tenant": "t"}}


@pytest.fixture
def shop(tmp_path) -> Player:
    return player(tmp_path, ROUTES, "shop.out")


def test_the_whole_report(shop):
    miss = shop.miss("POST /internal/chek", data={"id": "a", "quantity": "10"}, headers={"x-tenant": "t"})

    assert str(miss).replace(miss.file, "mocks/internal/shop.yaml") == (
        "UnmatchedRequest  POST http://shop.internal/internal/chek   (scenario shop.out)\n"
        "closest route     POST /internal/check   mocks/internal/shop.yaml:3\n"
        "  method ✓ POST   headers ✓\n"
        "  path ✗ chek → check\n"
        '  json ✗ $.quantity expected integer, got "10"\n'
        "  No route of this service fits. Correct the call, or add the route to the definitions."
    )


def verdicts(miss) -> dict[str, str]:
    return {one.name: one.text for one in miss.criteria}


def test_a_wrong_method(shop):
    miss = shop.miss("PUT /internal/check", **GOOD)

    assert miss.route == "POST /internal/check"
    assert verdicts(miss) == {"method": "✗ PUT → POST", "path": "✓", "headers": "✓", "json": "✓"}


def test_a_path_of_another_length(shop):
    miss = shop.miss("GET /internal/products/1/price")

    assert miss.route == "GET /internal/products/{id}"
    assert verdicts(miss)["path"] == "✗ /internal/products/1/price → /internal/products/{id}"


def test_any_method_and_the_rest_of_a_path(tmp_path):
    shop = player(
        tmp_path,
        "ANY /files/{rest:path}: {match: {query: {v: 1}}, ok: {json: '{{ path.rest }}'}}\nPOST /x: {ok: {json: 1}}",
    )

    assert shop.json("PURGE /files/a/b.txt?v=1") == "a/b.txt"
    assert verdicts(shop.miss("PUT /files/a/b")) == {
        "method": "✓ PUT",
        "path": "✓",
        "query": '✗ ?v expected "1", got nothing',
    }
    assert verdicts(shop.miss("GET /file/a/b/c?v=1"))["path"] == "✗ file → files"


def test_an_empty_parameter(shop):
    assert verdicts(shop.miss("GET /internal/products/"))["path"] == "✗ (empty) → {id}"


def test_a_missing_header_and_a_wrong_body(shop):
    miss = shop.miss("POST /internal/check", data={"id": 1})

    assert verdicts(miss)["headers"] == "✗ x-tenant expected any value, got nothing"
    assert verdicts(miss)["json"] == "✗ $.id expected string, got 1; $.quantity expected integer, got nothing"
    assert "The address fits" in miss.reason


def test_a_route_without_the_scenario(tmp_path):
    shop = player(tmp_path, "GET /a: {other: {json: 1}}\nGET /b: {ok: {json: 1}, out: {json: 2}}", "shop.out")

    miss = shop.miss("GET /a")

    assert verdicts(miss)["scenario"] == "✗ the route has no out or ok (default); it has other"
    assert "no answer for what is selected" in miss.reason


def test_a_route_without_any_default(tmp_path):
    shop = Player(loaded(tmp_path, {"internal/shop.yaml": "routes: {GET /a: {out: {json: 1}}}"}))

    assert verdicts(shop.miss("GET /a"))["scenario"] == "✗ the route has no default scenario; it has out"


def test_a_host_nobody_owns(shop):
    miss = shop.miss("GET http://shp.internal/x")

    assert str(miss) == (
        "UnmatchedRequest  GET http://shp.internal/x   (scenario shop.out)\n"
        "  host ✗ shp.internal\n"
        "  No service lives at shp.internal. Did you mean shop.internal?"
    )
    assert (miss.route, miss.file, miss.line) == (None, None, None)


def test_no_host_at_all(shop):
    assert "No service lives at (no host)" in shop.miss("GET http:///x").reason


def test_a_service_without_routes(tmp_path):
    shop = Player(loaded(tmp_path, {"internal/shop.yaml": "service: shop"}))

    assert shop.miss("GET /a").reason == "The service shop has no routes."


def test_the_closest_of_many_is_found(tmp_path):
    routes = "\n".join(f"GET /items/{number}/part: {{ok: {{json: 1}}}}" for number in range(1000, 2200))
    shop = player(tmp_path, routes + "\nGET /a/much/longer/path/to/the/end: {ok: {json: 1}}")

    assert shop.miss("GET /a/much/longer/path/to/the/and").route == "GET /a/much/longer/path/to/the/end"


def test_the_error_holds_all_reports(shop):
    reports = [shop.miss("GET /a"), shop.miss("GET /b")]
    error = UnmatchedRequestError(reports)

    assert error.reports == tuple(reports)
    assert str(error) == f"{reports[0]}\n\n{reports[1]}"


def test_secrets_of_the_request_stay_out_of_the_json(shop):
    assert "s3cr3t" not in str(near_miss_as_json(shop.miss("GET /a", headers={"authorization": "s3cr3t"})))
