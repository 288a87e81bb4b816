"""Each tool's file becomes a service that lints clean and answers the same; what it cannot do is told, never dropped in silence."""

import json
from pathlib import Path

import pytest
import yaml

from mdt.definitions import load
from mdt.engine.messages import Fault, Reply
from mdt.formats.draft import Draft, literal, name_of
from mdt.formats.paths import from_express, from_regex
from tests.unit.cli.support import document, run
from tests.unit.folders import Player

WIREMOCK = {
    "mappings": [
        {
            "name": "order found",
            "request": {"method": "GET", "urlPathTemplate": "/orders/{id}"},
            "response": {"jsonBody": {"id": "{{ not ours }}"}, "headers": {"X-A": "1"}, "fixedDelayMilliseconds": 20},
        },
        {
            "request": {
                "method": "POST",
                "url": "/orders?dry=1",
                "headers": {"X-Tenant": {"matches": "t-.*"}, "X-Gone": {"absent": True}},
                "bodyPatterns": [
                    {"matchesJsonPath": "$.items"},
                    {"matchesJsonPath": {"expression": "$.kind", "equalTo": "7"}},
                    {"matchesJsonSchema": {"type": "object", "required": ["kind"]}},
                ],
            },
            "response": {"status": 201, "body": "made"},
        },
        {
            "request": {"method": "PUT", "urlPathPattern": "/files/[^/]+/parts/[0-9]+"},
            "response": {"status": 204},
        },
        {
            "request": {"method": "POST", "urlPath": "/echo"},
            "response": {
                "body": "{{jsonPath request.body '$.name'}} {{randomInt}}",
                "transformers": ["response-template"],
            },
        },
        {"request": {"method": "GET", "urlPath": "/down"}, "response": {"fault": "CONNECTION_RESET_BY_PEER"}},
        *(
            {
                "scenarioName": "turn",
                "requiredScenarioState": state,
                "newScenarioState": after,
                "request": {"method": "GET", "urlPath": "/turn"},
                "response": {"body": body},
            }
            for state, after, body in (("two", "three", "b"), ("Started", "two", "a"))
        ),
        {"request": {"method": "GET", "urlPattern": "/(a|b)/.*x"}, "response": {"body": "lost"}},
        {"request": {"method": "GET", "urlPath": "/w", "customMatcher": {}}, "response": {}, "priority": 1},
    ]
}
WIREMOCK_ASKED = [
    ("GET /orders/7", {}, 200, '{"id":"{{ not ours }}"}'),
    ("POST /orders?dry=1", {"data": {"items": [1], "kind": 7}, "headers": {"x-tenant": "t-1"}}, 201, "made"),
    ("POST /orders?dry=1", {"data": {"items": [1], "kind": 8}, "headers": {"x-tenant": "t-1"}}, None, ""),
    ("POST /orders?dry=1", {"data": {"items": [1], "kind": 7}, "headers": {"x-tenant": "x"}}, None, ""),
    ("PUT /files/a/parts/1", {}, 204, ""),
    ("POST /echo", {"data": {"name": "ann"}}, 200, "ann {{randomInt}}"),
    ("GET /turn", {}, 200, "a"),
    ("GET /turn", {}, 200, "b"),
    ("GET /down", {}, "connection-reset", ""),
]
WIREMOCK_LOST = ["its URL pattern is no path", "the template {{randomInt}} stays", "customMatcher", "priority"]

MOCKOON = {
    "uuid": "e",
    "name": "Shop",
    "endpointPrefix": "api",
    "port": 3000,
    "latency": 0,
    "headers": [{"key": "Content-Type", "value": "application/json"}],
    "data": [{"id": "b1", "value": '[{"id": 1}]'}],
    "routes": [
        {
            "type": "http",
            "method": "get",
            "endpoint": "users/:id",
            "responseMode": None,
            "responses": [
                {
                    "statusCode": 200,
                    "label": "Found it",
                    "body": '{"id": 1}',
                    "default": True,
                    "bodyType": "INLINE",
                    "rules": [],
                },
                {
                    "statusCode": 404,
                    "label": "",
                    "body": "{}",
                    "bodyType": "INLINE",
                    "rulesOperator": "OR",
                    "rules": [
                        {"target": "query", "modifier": "gone", "value": "1", "operator": "equals", "invert": False}
                    ],
                },
                {
                    "statusCode": 500,
                    "label": "broken",
                    "body": "{{faker 'x'}}",
                    "bodyType": "INLINE",
                    "rules": [{"target": "path", "modifier": "id", "value": "1", "operator": "equals"}],
                },
            ],
        },
        {
            "type": "http",
            "method": "all",
            "endpoint": "turn",
            "responseMode": "SEQUENTIAL",
            "responses": [
                {"statusCode": 200, "body": "1", "bodyType": "INLINE", "default": True},
                {"statusCode": 503, "body": "", "bodyType": "INLINE"},
            ],
        },
        {
            "type": "http",
            "method": "get",
            "endpoint": "list",
            "responses": [{"statusCode": 200, "bodyType": "DATABUCKET", "databucketID": "b1"}],
        },
        {"type": "crud", "method": "", "endpoint": "things", "responses": []},
    ],
}
MOCKOON_ASKED = [
    ("GET /api/users/7", {}, 200, '{"id":1}'),
    ("GET /api/users/7?gone=1", {}, 404, "{}"),
    ("DELETE /api/turn", {}, 200, "1"),
    ("DELETE /api/turn", {}, 503, ""),
    ("GET /api/list", {}, 200, '[{"id":1}]'),
]
MOCKOON_LOST = ["a route of the type crud", "the template {{faker 'x'}}", "the rule is not taken over"]

POSTMAN = {
    "info": {"name": "Shop", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
    "auth": {"type": "bearer"},
    "item": [
        {
            "name": "folder",
            "item": [
                {
                    "name": "get user",
                    "request": {"method": "GET", "url": {"raw": "{{base}}/users/:id?x=1", "path": ["users", ":id"]}},
                    "response": [
                        {
                            "name": "OK",
                            "code": 200,
                            "header": [{"key": "Content-Type", "value": "application/json"}],
                            "body": '{"id": "{% x"}',
                        },
                        {"name": "Not there", "code": 404, "body": "gone"},
                    ],
                }
            ],
        },
        {"name": "nothing saved", "request": {"method": "POST", "url": "https://a.b/x"}},
    ],
}
POSTMAN_ASKED = [("GET /users/7", {}, 200, '{"id":"{% x"}')]
POSTMAN_LOST = ["auth is not taken over", "it has no saved response"]


def entry(method, url, status, content, *, posted=None, headers=()):
    request = {"method": method, "url": url, "headers": [{"name": name, "value": value} for name, value in headers]}
    return {
        "startedDateTime": "2025-01-27T10:30:00Z",
        "request": {**request, **({"postData": {"mimeType": "application/json", "text": posted}} if posted else {})},
        "response": {"status": status, "headers": [{"name": "Content-Encoding", "value": "gzip"}], "content": content},
        "timings": {"wait": 12},
    }


HAR = {
    "log": {
        "version": "1.2",
        "entries": [
            entry("GET", "http://shop.internal/orders/1", 200, {"mimeType": "application/json", "text": '{"id": 1}'}),
            entry("GET", "http://shop.internal/orders/2", 404, {"mimeType": "application/json", "text": '{"no": 2}'}),
            entry(
                "POST",
                "http://shop.internal/login",
                201,
                {"mimeType": "application/json", "encoding": "base64", "text": "eyJ0b2tlbiI6ICJhYmNkZWZnaCJ9"},
                posted='{"password": "hunter22"}',
                headers=[("Authorization", "Basic Ym9iOnB3"), (":path", "/login")],
            ),
            entry("GET", "http://cdn.other/x.js", 200, {"mimeType": "text/javascript", "text": "x"}),
            entry("GET", "http://shop.internal/cancelled", 0, {}),
            entry("GET", "http://shop.internal/bare", 200, {"mimeType": "text/plain", "size": 5}),
        ],
    }
}
HAR_ASKED = [
    ("GET /orders/9", {}, 200, '{"id":1}'),
    ("GET /orders/9", {}, 404, '{"no":2}'),
    ("POST /login", {"data": {}}, 201, '{"token":"redacted-token-2"}'),
]
HAR_LOST = [
    "http://cdn.other: 1 calls to another address",
    "was not answered",
    "does not have the body",
    "secrets are replaced",
]

VCR = {
    "version": 1,
    "interactions": [
        {
            "request": {
                "method": "GET",
                "uri": "http://shop.internal/a?token=abcdefgh",
                "body": None,
                "headers": {"Accept": ["*/*"]},
            },
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {"Content-Type": ["application/json"], "Set-Cookie": ["a=1", "b=2"]},
                "body": {"string": '{"a": 1}'},
            },
        },
        {
            "request": {"method": "GET", "uri": "http://shop.internal/b", "body": None, "headers": {}},
            "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": b"\xff\x00"}},
        },
    ],
}
VCR_ASKED = [("GET /a", {}, 200, '{"a":1}'), ("GET /b", {}, 200, b"\xff\x00")]
VCR_LOST = ["secrets are replaced by pseudonyms"]

PACT = {
    "consumer": {"name": "web"},
    "provider": {"name": "shop"},
    "interactions": [
        {
            "description": "an order",
            "providerStates": [{"name": "order 7 exists"}],
            "request": {
                "method": "POST",
                "path": "/orders",
                "query": {"page": ["1"]},
                "headers": {"Content-Type": "application/json"},
                "body": {"id": 7, "items": [{"name": "tea", "n": 1}]},
                "matchingRules": {
                    "query": {"page": {"matchers": [{"match": "regex", "regex": "[0-9]+"}]}},
                    "body": {
                        "$.id": {"matchers": [{"match": "integer"}]},
                        "$.items": {"matchers": [{"match": "type", "min": 1}]},
                        "$.items[*].name": {"matchers": [{"match": "regex", "regex": "[a-z]+"}]},
                    },
                },
            },
            "response": {
                "status": 201,
                "headers": {"Content-Type": "application/json"},
                "body": {"ok": True},
                "generators": {"body": {}},
            },
        },
        {"type": "Asynchronous/Messages", "description": "an event", "contents": {}},
    ],
    "metadata": {"pactSpecification": {"version": "3.0.0"}},
}
HEADERS = {"content-type": "application/json; charset=utf-8"}
PACT_ASKED = [
    (
        "POST /orders?page=12",
        {"data": {"id": 8, "items": [{"name": "cup", "n": 3}, {"name": "pot", "n": 1}]}, "headers": HEADERS},
        201,
        '{"ok":true}',
    ),
    ("POST /orders?page=x", {"data": {"id": 8, "items": [{"name": "cup", "n": 3}]}, "headers": HEADERS}, None, ""),
    ("POST /orders?page=1", {"data": {"id": 8.5, "items": [{"name": "cup", "n": 3}]}, "headers": HEADERS}, None, ""),
    ("POST /orders?page=1", {"data": {"id": 8, "items": []}, "headers": HEADERS}, None, ""),
    ("POST /orders?page=1", {"data": {"id": 8, "items": [{"name": "CUP", "n": 3}]}, "headers": HEADERS}, None, ""),
    (
        "POST /orders?page=1",
        {"data": {"id": 8, "items": [{"name": "cup", "n": 3}], "more": 1}, "headers": HEADERS},
        None,
        "",
    ),
]
PACT_LOST = ["generators are not taken over", "Asynchronous/Messages"]

RECORDING = """\
# A recording of mdt. Secrets are replaced by pseudonyms: redacted-token-1.
recording: shop
session: one
url: http://shop.internal
format: 1
---
at: '2025-01-27T10:30:00Z'
request: {method: POST, path: /orders, json: {n: 1}}
answer: {status: 201, headers: {location: /orders/1}, json: {id: 1, at: '2025-01-27T10:30:01Z', note: '{{ x }}'}}
took: 0.1
---
at: '2025-01-27T10:30:02Z'
request: {method: POST, path: /orders, json: {n: 2}}
answer: {status: 422, json: {error: n}}
took: 0.1
---
at: '2025-01-27T10:30:03Z'
request: {method: GET, path: /orders/1}
answer: {fault: timeout}
took: 30.0
---
at: '2025-01-27T10:30:04Z'
request: {method: GET, path: /orders/2}
answer: {status: 200, text: ok, partial: true}
took: 0.1
"""
RECORDING_ASKED = [
    ("POST /orders", {"data": {"n": 2}}, 422, '{"error":"n"}'),
    ("POST /orders", {"data": {"n": 1}}, 201, '{"id":1,"at":"2025-01-27T10:30:01Z","note":"{{ x }}"}'),
    ("GET /orders/5", {}, "timeout", ""),
    ("GET /orders/5", {}, 200, "ok"),
]
RECORDING_LOST = ["is not whole", "change with each call, and are written as recorded: $.at"]

TOOLS = {
    "wiremock": (WIREMOCK, WIREMOCK_ASKED, WIREMOCK_LOST),
    "mockoon": (MOCKOON, MOCKOON_ASKED, MOCKOON_LOST),
    "postman": (POSTMAN, POSTMAN_ASKED, POSTMAN_LOST),
    "har": (HAR, HAR_ASKED, HAR_LOST),
    "vcr": (VCR, VCR_ASKED, VCR_LOST),
    "pact": (PACT, PACT_ASKED, PACT_LOST),
    "recording": (RECORDING, RECORDING_ASKED, RECORDING_LOST),
}


def file_of(tmp_path: Path, tool: str) -> Path:
    content = TOOLS[tool][0]
    yaml_text = content if isinstance(content, str) else yaml.safe_dump(content) if tool == "vcr" else None
    path = tmp_path / ("file.yaml" if yaml_text else "file.json")
    path.write_text(yaml_text or json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("tool", TOOLS)
def test_a_file_becomes_a_service_that_answers(tmp_path, tool, named):
    mocks = tmp_path / "mocks"
    mocks.mkdir()
    what = [tool] if named else []

    report = document(
        "mock",
        "import",
        *what,
        file_of(tmp_path, tool),
        "--service",
        "shop",
        "--url",
        "http://shop.internal",
        "--mocks",
        mocks,
    )

    assert run("mock", "lint", mocks).exit_code == 0
    shop = Player(load(mocks))
    for call, parts, status, body in TOOLS[tool][1]:
        outcome = shop.ask(call, **parts)
        wanted = body.encode() if isinstance(body, str) else body
        if isinstance(outcome, Reply):
            assert (status, wanted) == (outcome.status, outcome.content()), call
        else:
            assert status == (str(outcome.kind) if isinstance(outcome, Fault) else None), (call, outcome)
    told = [f"{loss['where']}: {loss['what']}" for loss in report["losses"]]
    assert all(any(lost in one for one in told) for lost in TOOLS[tool][2]), told
    assert len(told) == len(set(told))


def test_scenarios_have_names(tmp_path):
    names = {}
    for tool in TOOLS:
        where = tmp_path / tool
        where.mkdir()
        arguments = (file_of(tmp_path, tool), "--service", tool, "--url", "http://shop.internal")
        names[tool] = document("mock", "import", *arguments, "--mocks", where)["scenarios"]
        assert run("mock", "lint", where).exit_code == 0
    assert names["wiremock"] == ["connectionReset", "orderFound", "success", "success2"]
    assert names["mockoon"] == ["broken", "foundIt", "notFound", "success", "unavailable"]
    assert names["postman"] == ["notThere", "oK"]
    assert names["har"] == ["notFound", "success"]
    assert names["pact"] == ["order7Exists"]
    assert names["recording"] == ["success", "timeout", "validationError"]


@pytest.mark.parametrize("tool", ["har", "vcr"])
def test_secrets_of_archives_do_not_get_into_the_definitions(tmp_path, tool):
    mocks = tmp_path / "mocks"
    mocks.mkdir()
    document("mock", "import", file_of(tmp_path, tool), "--service", tool, "--mocks", mocks)
    text = (mocks / "external" / f"{tool}.yaml").read_text()
    assert all(secret not in text for secret in ("hunter22", "abcdefgh", "Ym9iOnB3"))
    assert run("mock", "scan", "--mocks", mocks).exit_code == 0


def test_routes_that_fit_alike_are_left_out_and_told(tmp_path):
    (tmp_path / "mocks").mkdir()
    stub = {"request": {"method": "GET", "urlPath": "/a"}, "response": {}}
    stubs = [
        {**stub, "request": {**stub["request"], "queryParameters": {key: {"contains": "x"}}}, "response": {"body": key}}
        for key in ("q", "r")
    ]
    (tmp_path / "a.json").write_text(json.dumps({"mappings": stubs}))

    report = document("mock", "import", tmp_path / "a.json", "--service", "shop", "--mocks", tmp_path / "mocks")

    assert report["routes"] == 1
    assert "GET /a is left out: GET /a [2] and GET /a" in report["losses"][0]["what"]
    assert run("mock", "lint", tmp_path / "mocks").exit_code == 0


BAD = {
    "no json": ("{", "is neither JSON nor YAML"),
    "another document": ('{"a": 1}', "is no file of wiremock, mockoon"),
    "a broken mapping": ('{"mappings": [{"request": {"url": 5}, "response": {}}]}', "is not as wiremock writes it"),
    "python in yaml": ("!!python/object/apply:os.system [ls]", "is neither JSON nor YAML"),
    "empty": ("", "is no file of"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_has_one_clear_error_and_writes_nothing(tmp_path, name):
    text, message = BAD[name]
    (tmp_path / "mocks").mkdir()
    (tmp_path / "bad.json").write_text(text)

    result = run("mock", "import", tmp_path / "bad.json", "--service", "shop", "--mocks", tmp_path / "mocks")

    assert result.exit_code == 1
    assert message in result.output
    assert not list((tmp_path / "mocks").rglob("*"))


def test_nothing_is_overwritten_without_force(tmp_path):
    (tmp_path / "mocks").mkdir()
    arguments = ("mock", "import", file_of(tmp_path, "postman"), "--service", "shop", "--mocks", tmp_path / "mocks")
    assert run(*arguments).exit_code == 0
    assert "is there already" in run(*arguments).output
    assert run(*arguments, "--force").exit_code == 0
    assert run("mock", "import", "x.json", "--service", "../x", "--mocks", tmp_path / "mocks").exit_code == 2


def test_a_folder_of_mappings_with_their_files(tmp_path):
    for folder in ("mocks", "wm/mappings", "wm/__files"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "wm/__files/a.txt").write_text("from the file")
    (tmp_path / "secret.txt").write_text("outside")
    for number, file in enumerate(("a.txt", "../../secret.txt")):
        stub = {"request": {"method": "GET", "urlPath": f"/{number}"}, "response": {"bodyFileName": file}}
        (tmp_path / f"wm/mappings/{number}.json").write_text(json.dumps(stub))

    report = document("mock", "import", tmp_path / "wm", "--service", "shop", "--mocks", tmp_path / "mocks")

    shop = Player(load(tmp_path / "mocks"))
    assert shop.reply("GET /0").content() == b"from the file"
    assert shop.reply("GET /1").content() == b""
    assert "there is no file" in report["losses"][0]["what"]


PATHS = [
    (from_express, "users/:id", "/users/{id}"),
    (from_express, "/a/:b/c/:d", "/a/{b}/c/{d}"),
    (from_express, "/f/*", "/f/{rest:path}"),
]
REGEXES = [
    ("/a/[^/]+/b", "/a/{part2}/b"),
    ("^/a/(\\d+)$", "/a/{part2}"),
    ("/a/.*", "/a/{rest:path}"),
    ("/v1\\.0/x", "/v1.0/x"),
    ("/(a|b)/c", None),
    ("/a.c?", None),
    ("a/b", None),
]


@pytest.mark.parametrize(("read", "given", "wanted"), [*PATHS, *((from_regex, *one) for one in REGEXES)])
def test_paths(read, given, wanted):
    assert read(given) == wanted


def test_names_and_literals():
    assert [name_of(text) for text in ("Out of stock!", "404 gone", "库存", "timeout", "match")] == [
        "outOfStock",
        "answer404Gone",
        "",
        "timeout",
        "matchAnswer",
    ]
    assert literal({"a": ["{{ x }}", "{% y %}", "{}"]}) == {"a": ["{{ '{' }}{ x }}", "{{ '{' }}% y %}", "{}"]}
    draft = Draft("shop")
    draft.add("BREW", "/pot", {}, where="here")
    assert [str(loss) for loss in draft.losses] == ["here: the method BREW is none of mdt"]
