"""`mdt mock debug`: place, demands, example request, reply, curl; and the verdict on a request of one's own."""

import json
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.support import TREE, run, tree
from tests.unit.cli.test_list_and_schema import VIRTUAL

ORDER = {"id": "a", "count": 2}


def debug(*arguments: object, code: int = 0, mocks: Path) -> Any:
    result = run("mock", "debug", "--service", "shop", "--mocks", mocks, *arguments, "--json")
    assert result.exit_code == code, result.output
    return json.loads(result.stdout)


def test_facts_of_a_scenario(tmp_path: Path) -> None:
    found = debug("--scenario", "ok", mocks=tree(tmp_path))

    assert found["scenario"] == "shop.ok"
    assert found["title"] == "商店"
    post, get = found["routes"]
    assert (post["route"], post["file"], post["line"]) == ("POST /orders", "mocks/internal/shop.yaml", 8)
    assert post["description"] == "Taken."
    assert post["match"] == {"json": {"id": {"type": "string"}, "count": {"type": "integer", "min": 2}}}
    assert post["request"]["json"] == {"id": "text", "count": 2}
    assert post["replies"][0]["reply"]["status"] == 201
    assert post["replies"][0]["reply"]["json"] == {"id": "text"}
    assert get["match"] == {}
    assert get["request"]["method"] == "GET"


def test_curl_sends_the_example_to_the_server(tmp_path: Path) -> None:
    files = {**TREE, "mdt.yaml": "port: 4711"}

    post, get = debug("--scenario", "ok", mocks=tree(tmp_path, files))["routes"]

    assert shlex.split(post["curl"]) == [
        *("curl", "-i", "-X", "POST", "http://127.0.0.1:4711/shop/orders"),
        *("-H", "content-type: application/json", "--data", '{"id": "text", "count": 2}'),
    ]
    assert get["curl"] == "curl -i http://127.0.0.1:4711/shop/orders/a"


def test_curl_goes_to_the_server_that_is_named(tmp_path: Path) -> None:
    mocks = tree(tmp_path)

    post, get = debug("--scenario", "ok", "--server", "http://127.0.0.1:9/", mocks=mocks)["routes"]

    assert "http://127.0.0.1:9/shop/orders" in shlex.split(post["curl"])
    assert get["curl"] == "curl -i http://127.0.0.1:9/shop/orders/a"


def test_name_may_come_with_its_service(tmp_path: Path) -> None:
    assert debug("--scenario", "shop.full", mocks=tree(tmp_path))["scenario"] == "shop.full"


def test_sequence_shows_each_step(tmp_path: Path) -> None:
    (route,) = debug("--scenario", "flaky", mocks=tree(tmp_path))["routes"]

    assert [reply["reply"]["status"] for reply in route["replies"]] == [409, 201]
    assert [reply["line"] for reply in route["replies"]] == [12, 8]


def test_fault_is_shown(tmp_path: Path) -> None:
    mocks = tree(tmp_path)

    (route,) = debug("--scenario", "lost", mocks=mocks)["routes"]

    assert route["replies"][0]["fault"] == {"kind": "connection-reset", "delay": 0.02}
    text = run("mock", "debug", "--service", "shop", "--scenario", "lost", "--mocks", mocks).stdout
    assert "connection-reset (after 0.020 s)" in text


def test_as_text(tmp_path: Path) -> None:
    text = run("mock", "debug", "--service", "shop", "--scenario", "ok", "--mocks", tree(tmp_path)).stdout

    assert text.startswith("shop.ok   商店   http://shop.internal/api\n")
    assert "POST /orders   mocks/internal/shop.yaml:8\n  Taken.\n" in text
    assert 'request  POST /orders {"id": "text", "count": 2}' in text
    assert "reply    201" in text
    assert "    content-type: application/json" in text
    assert '      "id": "text"' in text
    assert "nothing more than method and path" in text
    assert "curl -i http://127.0.0.1:3002/shop/orders/a" in text


def test_chinese_is_readable(tmp_path: Path) -> None:
    files = {"internal/shop.yaml": "default: ok\nroutes:\n  GET /a:\n    ok: {json: {said: 你好}}"}
    mocks = tree(tmp_path, files)

    for more in ((), ("--json",)):
        text = run("mock", "debug", "--service", "shop", "--scenario", "ok", "--mocks", mocks, *more).stdout
        assert '"said": "你好"' in text


def test_long_body_is_cut_in_the_text(tmp_path: Path) -> None:
    files = {"internal/shop.yaml": f"default: ok\nroutes:\n  GET /a:\n    ok: {{text: {'x' * 5000}}}"}

    text = run("mock", "debug", "--service", "shop", "--scenario", "ok", "--mocks", tree(tmp_path, files)).stdout

    assert "x" * 2000 + "… (5000 bytes)" in text
    assert "x" * 2001 not in text


def test_passthrough_is_shown(tmp_path: Path) -> None:
    files = {"internal/shop.yaml": "default: ok\nroutes:\n  GET /a:\n    ok: {passthrough: 'http://real.example'}"}

    text = run("mock", "debug", "--service", "shop", "--scenario", "ok", "--mocks", tree(tmp_path, files)).stdout

    assert "goes on to http://real.example/a" in text


def test_no_example_for_a_pattern(tmp_path: Path) -> None:
    files = {
        "internal/shop.yaml": "default: ok\nroutes:\n  GET /a:\n    match: {query: {q: {regex: '^z{9}$'}}}\n    ok: {json: 1}"
    }
    mocks = tree(tmp_path, files)

    (route,) = debug("--scenario", "ok", mocks=mocks)["routes"]

    assert (route["request"], route["curl"], route["replies"]) == (None, None, [])
    text = run("mock", "debug", "--service", "shop", "--scenario", "ok", "--mocks", mocks).stdout
    assert "try your own with --request" in text


def test_template_that_fails_for_the_example_is_shown(tmp_path: Path) -> None:
    files = {"internal/shop.yaml": "default: ok\nroutes:\n  GET /a:\n    ok: {text: '{{ req.query.a.b.c }}'}"}
    mocks = tree(tmp_path, files)

    (route,) = debug("--scenario", "ok", mocks=mocks)["routes"]

    assert not route["replies"][0]["answered"]
    text = run("mock", "debug", "--service", "shop", "--scenario", "ok", "--mocks", mocks).stdout
    assert "    template ✗" in text


def test_dry_run_that_is_answered(tmp_path: Path) -> None:
    mocks = tree(tmp_path)
    request = ("--scenario", "full", "--request", "post /orders?x=1", "--json", json.dumps(ORDER))

    found = debug(*request, mocks=mocks)

    assert found["answered"]
    assert (found["route"], found["scenario"]) == ("POST /orders", "full")
    assert (found["file"], found["line"]) == ("mocks/internal/shop.yaml", 12)
    assert [(one["name"], one["ok"]) for one in found["criteria"]] == [
        *(("method", True), ("path", True), ("json", True), ("scenario", True))
    ]
    assert found["reply"]["status"] == 409
    assert found["request"]["url"] == "http://shop.internal/api/orders?x=1"
    text = run("mock", "debug", "--service", "shop", "--mocks", mocks, *request).stdout
    assert "POST /orders\n" in text
    assert "answered by POST /orders   mocks/internal/shop.yaml:12" in text
    assert "✓" in text
    assert "✗" not in text
    assert "reply    409" in text


def test_dry_run_that_nothing_answers(tmp_path: Path) -> None:
    mocks = tree(tmp_path)
    request = ("--scenario", "ok", "--request", "POST /ordres", "--json", '{"id": "a", "count": 1}')

    found = debug(*request, mocks=mocks, code=1)

    assert not found["answered"]
    verdicts = {one["name"]: one["ok"] for one in found["criteria"]}
    assert verdicts == {"method": True, "path": False, "json": False}
    result = run("mock", "debug", "--service", "shop", "--mocks", mocks, *request)
    assert result.exit_code == 1
    assert "closest route POST /orders   mocks/internal/shop.yaml:6" in result.stdout
    lines = [line.split() for line in result.stdout.splitlines()]
    assert ["✗", "path", "ordres", "→", "orders"] in lines
    assert ["✓", "method", "POST"] in lines
    assert "No route of this service fits." in result.stdout


def test_dry_run_sends_headers(tmp_path: Path) -> None:
    files = {
        "internal/shop.yaml": "default: ok\nroutes:\n  GET /a:\n    match: {headers: {X-Kind: b}}\n    ok: {json: 1}"
    }
    mocks = tree(tmp_path, files)

    assert debug("--scenario", "ok", "--request", "GET /a", "-H", "X-KIND:  b", mocks=mocks)["answered"]
    assert not debug("--scenario", "ok", "--request", "GET /a", mocks=mocks, code=1)["answered"]


def test_dry_run_of_a_virtual_service(tmp_path: Path) -> None:
    mocks = tree(tmp_path, {"internal/shop/service.yaml": "{}", "internal/shop/virtual.py": VIRTUAL})

    found = debug("--scenario", "virtual", "--request", "GET /stock", mocks=mocks)

    assert found["reply"]["json"] == 1
    assert [one["name"] for one in found["criteria"]] == ["method", "path", "scenario"]


def test_dry_run_of_a_service_without_such_a_route(tmp_path: Path) -> None:
    mocks = tree(tmp_path, {"internal/shop/service.yaml": "{}", "internal/shop/virtual.py": VIRTUAL})

    result = run(
        *("mock", "debug", "--service", "shop", "--scenario", "virtual", "--mocks", mocks),
        *("--request", "GET /none"),
    )

    assert result.exit_code == 1
    assert "closest route" not in result.stdout
    assert "✗ The service shop has no routes." in result.stdout


def test_demands_of_routes_that_stand_on_one_line(tmp_path: Path) -> None:
    routes = '"GET  /a": {"ok": {"json": 1}}, "GET /b  [x]": {"match": {"query": {"q": "1"}}, "ok": {"json": 1}}'
    files = {"internal/shop.json": f'{{"default": "ok", "routes": {{{routes}}}}}'}

    first, second = debug("--scenario", "ok", mocks=tree(tmp_path, files))["routes"]

    assert (first["match"], second["match"]) == ({}, {"query": {"q": "1"}})


def test_facts_of_a_virtual_service(tmp_path: Path) -> None:
    mocks = tree(tmp_path, {"internal/shop/service.yaml": "{}", "internal/shop/virtual.py": VIRTUAL})

    (route,) = debug("--scenario", "virtual", mocks=mocks)["routes"]

    assert (route["route"], route["description"]) == ("GET /stock", "How many.")
    assert (route["file"], route["line"]) == ("mocks/internal/shop/virtual.py", 8)


def test_body_and_document_at_once(tmp_path: Path) -> None:
    request = ("--scenario", "ok", "--request", "POST /orders", "--body", json.dumps(ORDER))

    assert debug(*request, mocks=tree(tmp_path))["request"]["json"] == ORDER


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scenario", "okk"], "shop has no scenario 'okk'. Did you mean ok?"),
        (["--scenario", "ok", "--request", "/orders"], "'/orders' is no request"),
        (["--scenario", "ok", "--request", "POST orders"], "'POST orders' is no request"),
        (["--scenario", "ok", "--request", "GET /", "-H", "none"], "'none' is no header"),
        (["--scenario", "ok", "--request", "GET /", "-H", ": x"], "': x' is no header"),
        (["--scenario", "ok", "--request", "GET /", "--json", "{a: 1}"], "the body is no JSON"),
    ],
)
def test_wrong_calls(tmp_path: Path, arguments: list[str], said: str) -> None:
    result = run("mock", "debug", "--service", "shop", "--mocks", tree(tmp_path), *arguments)

    assert result.exit_code == 2
    assert said in result.stderr


def test_unknown_service_names_the_closest(tmp_path: Path) -> None:
    result = run("mock", "debug", "--service", "shpo", "--scenario", "ok", "--mocks", tree(tmp_path))

    assert result.exit_code == 2
    assert "There is no service 'shpo'. Did you mean shop?" in result.stderr
