"""Exports hold what WireMock and OpenAPI can say, and tell the rest. The facts about WireMock are those of bench/wiremock_export.py."""

import json

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from mdt.definitions import load
from mdt.definitions.matches import compile_match
from mdt.definitions.source import Source, located
from mdt.formats.match_schema import schema_of
from tests.unit.cli.support import document, run
from tests.unit.folders import Player, asking, write

SHOP = """\
    service: shop
    title: Shop
    url: http://shop.internal/api
    default: ok
    routes:
      GET /plain: {ok: {json: {a: 1}, headers: {X-A: [b, c]}, latency: 20ms}, down: {fault: connection-reset}}
      GET /items/{id}: {ok: {text: "any"}}
      GET /files/{rest:path}: {ok: {base64: AAE=}}
      ANY /any: {ok: {status: 204}}
      GET /turn: {one: {json: 1}, two: {json: 2}, ok: {sequence: [one, two]}}
      POST /json:
        match: {json: {id: {type: string}, gone: {absent: true}}, query: {page: {regex: "^[0-9]+$"}}, headers: {x-key: k}}
        ok: {status: 201, json: {made: true}}
      POST /path: {match: {json: {jsonPath: $.a}}, ok: {json: 1}}
      GET /template: {ok: {json: {id: "{{ uuid() }}"}}}
      GET /nothing: {other: {json: 1}}
      GET /old: {default: gone, gone: {status: 410}}
      GET /wild: {ok: {fault: timeout}, real: {passthrough: "https://real.shop"}}
    """


def exported(tmp_path, *arguments):
    folder = write(tmp_path, {"internal/shop.yaml": SHOP})
    result = run("mock", "export", *arguments, "--service", "shop", "--mocks", folder)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), result.stderr


def test_wiremock_mappings(tmp_path):
    found, said = exported(tmp_path, "wiremock")
    stubs = {stub["name"]: stub for stub in found["mappings"] if "scenarioName" not in stub}

    assert stubs["shop.ok GET /plain"]["request"] == {"method": "GET", "urlPath": "/api/plain"}
    assert stubs["shop.ok GET /plain"]["response"] == {
        "status": 200,
        "headers": {"X-A": ["b", "c"], "content-type": "application/json"},
        "body": '{"a":1}',
        "fixedDelayMilliseconds": 20,
    }
    assert stubs["shop.ok GET /items/{id}"]["request"]["urlPathTemplate"] == "/api/items/{id}"
    assert stubs["shop.ok GET /files/{rest:path}"]["request"]["urlPathPattern"] == "/api/files/.+"
    assert stubs["shop.gone GET /old"]["response"]["status"] == 410  # the route's own default
    assert stubs["shop.ok ANY /any"]["request"]["method"] == "ANY"
    request = stubs["shop.ok POST /json"]["request"]
    assert request["queryParameters"] == {"page": {"matches": "(?s)(?:.*(?:^[0-9]+$).*)"}}
    assert request["headers"] == {"x-key": {"equalTo": "k"}}
    schema = json.loads(request["bodyPatterns"][0]["matchesJsonSchema"])
    assert Draft202012Validator(schema).is_valid({"id": "a"})
    assert not Draft202012Validator(schema).is_valid({"id": "a", "gone": 1})
    turns = [
        (one["requiredScenarioState"], one.get("newScenarioState"))
        for one in found["mappings"]
        if "scenarioName" in one
    ]
    assert turns == [("Started", "answer 2"), ("answer 2", None)]
    for lost in (
        "POST /path",
        "GET /template ok: its answer has templates",
        "GET /nothing: it plays nothing",
        "'timeout' is not one",
    ):
        assert lost in said


def test_another_scenario_is_exported_where_a_route_has_it(tmp_path):
    found, _said = exported(tmp_path, "wiremock", "--scenario", "down", "--scenario", "real")
    answers = {stub["name"]: stub["response"] for stub in found["mappings"]}
    assert answers["shop.down GET /plain"]["fault"] == "CONNECTION_RESET_BY_PEER"
    assert answers["shop.real GET /wild"] == {"proxyBaseUrl": "https://real.shop"}


def test_what_is_exported_to_wiremock_can_be_imported_again(tmp_path):
    found, _said = exported(tmp_path, "wiremock")
    (tmp_path / "again").mkdir()
    (tmp_path / "a.json").write_text(json.dumps(found))
    document(
        "mock",
        "import",
        tmp_path / "a.json",
        "--service",
        "shop",
        "--url",
        "http://shop.internal",
        "--mocks",
        tmp_path / "again",
    )
    shop = Player(load(tmp_path / "again"))
    assert shop.json("GET /api/plain") == {"a": 1}
    assert shop.json("POST /api/json?page=1", data={"id": "a"}, headers={"x-key": "k"}) == {"made": True}
    assert [shop.json("GET /api/turn") for _ in range(3)] == [1, 2, 2]


def test_openapi(tmp_path):
    found, said = exported(tmp_path, "openapi")
    validate(found)
    operation = found["paths"]["/json"]["post"]
    assert operation["responses"]["201"]["content"]["application/json"]["examples"] == {"ok": {"value": {"made": True}}}
    assert {(one["in"], one["name"]) for one in operation["parameters"]} == {("query", "page"), ("header", "x-key")}
    assert operation["requestBody"]["content"]["application/json"]["schema"]["required"] == ["id"]
    assert found["paths"]["/items/{id}"]["get"]["parameters"][0]["name"] == "id"
    assert "ANY /any" in said
    assert "GET /template ok: its answer has templates" in said


def test_a_file_is_written_at_once(tmp_path):
    folder = write(tmp_path, {"internal/shop.yaml": SHOP})
    report = document(
        "mock", "export", "openapi", "--service", "shop", "--mocks", folder, "--out", tmp_path / "new" / "a.json"
    )
    assert json.loads((tmp_path / "new" / "a.json").read_text())["openapi"] == "3.1.0"
    assert report["losses"]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["a.json"]
    assert run("mock", "export", "openapi", "--service", "nobody", "--mocks", folder).exit_code == 2


MATCHES = [
    {"a": 1, "b": {"c": "x"}},
    {"list": [1, {"a": True}], "empty": []},
    {"equals": {"a": [1, 2.5, None, "x"]}},
    {"a": {"type": ["string", "null"]}, "b": {"regex": "^x"}},
    {"a": {"min": 1, "max": 3}, "b": {"oneOf": [1, "y"]}},
    {"a": {"absent": True}, "b": {"any": True}},
    {"a": {"length": {"min": 1, "max": 2}}, "b": {"length": 3}},
    {"a": {"contains": "x"}, "b": {"contains": {"id": 1}}},
    {"a": {"not": "x"}, "b": {"not": {"type": "integer"}}},
]
VALUES = [
    1,
    2,
    5,
    1.0,
    2.5,
    True,
    None,
    "x",
    "ax",
    "xyz",
    "",
    [],
    [1, 2],
    [1, {"a": True}],
    ["x"],
    [{"id": 1, "n": 2}],
    {},
    {"a": 1},
    {"c": "x"},
    {"a": [1, 2.5, None, "x"]},
]


@pytest.mark.parametrize("match", MATCHES)
def test_a_schema_says_the_same_as_the_match(match):
    """Every value at every key of it, also at none."""
    own = compile_match(located({"json": match}), 0, Source("test"))
    validator = Draft202012Validator(schema_of(match))
    keys = ("a", "b", "list", "empty")
    bodies = [
        *VALUES,
        *({keys[0]: one, keys[1]: other} for one in VALUES for other in VALUES),
        *({"list": one, "empty": []} for one in VALUES),
    ]
    for body in bodies:
        assert own.matches(asking("POST http://x/", data=body)) == validator.is_valid(body), body
