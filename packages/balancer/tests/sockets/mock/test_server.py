"""The server's control routes, namespaces, bad input, and what it keeps to itself."""

import asyncio
import json
import subprocess
import sys
import threading

import pytest

from balancer.mock.server import MockProviders
from tests.sockets.mock.support import TALK, Space, ask, settled

GUIDE = {
    "name": "debug_test",
    "expected_behavior": "success",
    "model_name": "test-model",
    "providers": [
        {"name": "debug_provider", "behavior": "success", "response_data": {"content": "Debug response"}, "provider_type": "anthropic"}
    ],
}  # fmt: skip
SHORT = {"model": "test-model", "messages": [{"role": "user", "content": "test"}]}
STREAM = TALK | {"stream": True}


def test_it_ends_also_where_another_loop_runs():
    """A fixture of an asynchronous test may start and end it."""

    async def test() -> str:
        with MockProviders() as server:
            return server.url

    url = asyncio.run(test())

    with pytest.raises(OSError, match="refused"):
        ask(f"{url}/health", None, method="GET")


def test_the_guides_two_requests_work_as_written():
    """In the namespace `default`, on a server of its own."""
    with MockProviders() as server:
        assert ask(f"{server.url}/mock-test-context", None, method="GET").json == {"context": None}
        default = ask(f"{server.url}/mock-provider/anyone/v1/messages", SHORT)
        said = ask(f"{server.url}/mock-set-context", GUIDE)
        answer = ask(f"{server.url}/mock-provider/debug_provider/v1/messages", SHORT)
        shown = ask(f"{server.url}/mock-test-context", None, method="GET").json["context"]
        health = ask(f"{server.url}/mock-provider/debug_provider/health", None, method="GET").json
        replaced = ask(f"{server.url}/mock-set-context", GUIDE).json
        cleared = ask(f"{server.url}/mock-clear-context", None, method="DELETE").json
        after = ask(f"{server.url}/mock-provider/debug_provider/health", None, method="GET").json

    assert default.json["content"][0]["text"] == "Default response from anyone"
    assert said.json["status"] == "success"
    assert answer.json["content"] == [{"type": "text", "text": "Debug response"}]
    assert (shown["scenario_name"], shown["providers"][0]["name"]) == ("debug_test", "debug_provider")
    assert (health["status"], health["behavior"], health["attempts"]) == ("ok", "success", 1)
    assert replaced["replaced"] == "debug_test"
    assert cleared["status"] == "success"
    assert after == {"status": "no_context", "provider": "debug_provider"}


def test_health_says_what_the_server_is(server):
    body = ask(f"{server.url}/health", None, method="GET").json

    assert (body["status"], body["service"], body["protocol"]) == ("healthy", "test-mock-provider", 1)


def test_namespaces_do_not_see_each_other(server):
    spaces = [Space(server.url, f"apart-{number}") for number in range(20)]

    def use(space: Space, number: int) -> None:
        url = space.one(response_data={"content": f"answer {number}"})
        for _ in range(number):
            assert ask(url).json["content"][0]["text"] == f"answer {number}"

    threads = [threading.Thread(target=use, args=(space, number)) for number, space in enumerate(spaces)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert [len(one.journal()) for one in spaces] == list(range(20))
    assert {one["name"] for one in ask(f"{server.url}/mock-namespaces", None, method="GET").json["namespaces"]} >= {
        one.name for one in spaces
    }
    for one in spaces:
        one.control("DELETE", "/mock-clear-context")


@pytest.mark.parametrize(
    "headers",
    [{"authorization": "Bearer sk-mdt-{}"}, {"x-api-key": "sk-mdt-{}"}, {"authorization": "Basic c2stbWR0LXNwYWNl"}],
    ids=["bearer", "x-api-key", "basic"],
)
def test_a_credential_names_the_namespace(server, headers):
    space = Space(server.url, "space")
    space.one(response_data={"content": "mine"})
    sent = {name: value.format("space") for name, value in headers.items()}

    answer = ask(f"{server.url}/mock-provider/p/v1/messages", headers=sent)

    assert answer.json["content"][0]["text"] == "mine"
    space.control("DELETE", "/mock-clear-context")


def test_the_path_wins_over_the_credential(space):
    space.one()

    assert (
        ask(f"{space.base}/mock-provider/p/v1/messages", headers={"authorization": "Bearer sk-mdt-other"}).status == 200
    )


def test_control_routes_take_the_namespace_of_a_header(space):
    space.one()
    shown = ask(f"{space.url}/mock-test-context", None, method="GET", headers={"x-mock-namespace": space.name})

    assert shown.json["context"]["scenario_name"] == "test"


BAD = [
    ("POST", "/mock-set-context", b"{", 400, "bad_json"),
    ("POST", "/mock-set-context", b"\xff", 400, "bad_json"),
    ("POST", "/mock-set-context", b"NaN", 400, "bad_json"),
    ("POST", "/mock-set-context", b"[" * 100_000, 400, "bad_json"),
    ("POST", "/mock-set-context", {"name": "x", "providers": [{"name": "a", "behavior": "nope"}]}, 422, "bad_context"),
    ("POST", "/mock-set-context", {"name": "x", "providers": [{"name": "a"}, {"name": "a"}]}, 422, "bad_context"),
    ("POST", "/mock-set-context", {"name": "x", "providers": [{"name": "a", "unknown": 1}]}, 422, "bad_context"),
    ("POST", "/mock-set-behavior", {"provider": "p", "behavior": "nope"}, 422, "bad_context"),
    ("POST", "/mock-set-behavior", {"provider": "q", "behavior": "error"}, 404, "unknown_provider"),
    ("POST", "/mock-set-behavior", [], 422, "bad_behavior"),
    ("POST", "/mock-advance", {"seconds": -1}, 422, "bad_seconds"),
    ("POST", "/mock-advance", {}, 422, "bad_seconds"),
    ("GET", "/mock-journal?after=x", None, 422, "bad_query"),
    ("GET", "/mock-verdict?cooldown=soon", None, 422, "bad_query"),
    ("GET", "/mock-set-context", None, 405, "method_not_allowed"),
    ("GET", "/nothing", None, 404, "not_found"),
    ("GET", "/mock-provider/p", None, 404, "not_found"),
    ("POST", "/mock-provider/p/v1/nothing", {}, 404, "not_found"),
]


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), BAD, ids=lambda one: str(one)[:40])
def test_bad_control_requests_are_never_200(space, method, path, body, status, code):
    space.one()
    answer = space.control(method, path, body)

    assert (answer.status, answer.json["status"], answer.json["code"]) == (status, "error", code)
    assert ask(f"{space.base}/mock-provider/p/v1/messages").status == 200


@pytest.mark.parametrize("name", ["a b", "a" * 65, "a.b", "%2e%2e"])
def test_bad_namespaces(server, name):
    answer = ask(f"{server.url}/ns/{name.replace(' ', '%20')}/mock-set-context", GUIDE)

    assert (answer.status, answer.json["code"]) == (422, "bad_namespace")


def test_a_namespace_without_a_context_answers_nothing(server):
    answer = ask(f"{server.url}/ns/nobody/mock-provider/p/v1/messages")

    assert (answer.status, answer.headers["x-mock-error"]) == (404, "no_context")
    assert answer.json["error"]["type"] == "not_found_error"


PROVIDER_BAD = [
    ("/mock-provider/q/v1/messages", TALK, 404, "q"),
    ("/mock-provider/p/v1/chat/completions", TALK, 400, "anthropic"),
    ("/mock-provider/p/v1/messages", b"{", 400, "JSON"),
    ("/mock-provider/p/v1/messages", [1], 400, "object"),
    ("/mock-provider/p/v1/messages", b'{"a": NaN}', 400, "NaN"),
    ("/mock-provider/p/v1/messages", b"\xc3\x28", 400, "UTF-8"),
]


@pytest.mark.parametrize(("path", "body", "status", "named"), PROVIDER_BAD)
def test_bad_provider_requests_are_refused_in_the_vendors_shape(space, path, body, status, named):
    space.one()
    answer = ask(space.base + path, body)

    assert answer.status == status
    assert named in answer.json["error"]["message"]
    assert ("type" in answer.json) is ("messages" in path)
    assert space.journal()[-1]["behavior"] == "refused"


def test_a_wrong_method_names_the_right_one(space):
    space.one()
    answer = ask(f"{space.base}/mock-provider/p/v1/messages", None, method="GET")

    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_a_body_over_the_limit_is_413(space):
    space.one()
    answer = ask(f"{space.base}/mock-provider/p/v1/messages", b" " * (32 * 1024 * 1024 + 1))

    assert (answer.status, answer.json["error"]["type"]) == (413, "request_too_large")


def test_a_strict_provider_refuses_what_the_vendor_would(space):
    url = space.one(strict=True)

    assert ask(url, {"model": "m"}).status == 400
    assert "max_tokens" in ask(url, {"model": "m"}).json["error"]["message"]
    assert ask(url, TALK).status == 200
    assert ask(space.one(), {}).status == 200


def test_attempts_follow_the_script_and_changes_end_it(space):
    url = space.one(script=["error", "rate_limit", "success"], error_http_code=503)
    statuses = [ask(url).status for _ in range(4)]
    space.control("POST", "/mock-set-behavior", {"provider": "p", "behavior": "overloaded", "error_http_code": None})
    changed = ask(url).status
    space.control("POST", "/mock-reset")

    assert statuses == [503, 503, 200, 200]
    assert changed == 529
    assert ask(url).status == 503
    assert [one["attempt"] for one in space.journal()] == [1]


def test_counting_tokens_is_no_attempt(space):
    space.one(error_count=1, behavior="error")
    for _ in range(3):
        assert ask(f"{space.base}/mock-provider/p/v1/messages/count_tokens").status == 500
    assert ask(f"{space.base}/mock-provider/p/v1/messages").status == 500
    assert ask(f"{space.base}/mock-provider/p/v1/messages").status == 200


def test_the_journal_tells_all_but_credentials(space):
    url = space.one(retry_after=3, behavior="rate_limit")
    ask(
        url,
        headers={
            "authorization": "Bearer sk-test-secret",
            "x-api-key": "sk-test-secret",
            "x-stainless-retry-count": "2",
        },
    )
    ask(url, TALK | {"messages": [{"role": "user", "content": "x" * 100_000}]})
    first, second = space.journal(provider="p")

    assert (first["number"], first["provider"], first["attempt"], first["status"], first["outcome"]) == (
        1,
        "p",
        1,
        429,
        "answered",
    )
    assert (first["retry_count"], first["retry_after"], first["body"]) == (2, 3.0, TALK)
    assert "sk-test-secret" not in json.dumps(first)
    assert first["headers"]["authorization"] == "***"
    assert len(second["body"]) <= 64 * 1024
    assert [one["number"] for one in space.journal(after=1)] == [2]
    assert [one["number"] for one in space.journal(limit=1)] == [2]


def test_the_verdict_is_of_this_namespace(space):
    url = space.one(retry_after=30, behavior="rate_limit")
    for _ in range(2):
        ask(url)

    found = space.control("GET", "/mock-verdict").json
    assert not found["ok"]
    assert "retry_after_ignored" in {one["kind"] for one in found["findings"]}

    space.control("POST", "/mock-reset")
    ask(url)
    space.control("POST", "/mock-advance", {"seconds": 31})
    ask(url)
    assert space.control("GET", "/mock-verdict").json == {"ok": True, "findings": []}


def test_a_client_that_leaves_within_a_stream_is_noticed(space):
    import http.client
    from urllib.parse import urlsplit

    url = urlsplit(space.one(tokens_per_second=20, response_data={"content": "word " * 200}))
    client = http.client.HTTPConnection(url.hostname, url.port, timeout=5)
    client.request("POST", url.path, json.dumps(STREAM))
    client.getresponse().read1(10)
    client.close()

    assert settled(lambda: space.journal()[0]["outcome"] == "client_gone")
    assert 0 < space.journal()[0]["chunks"] < 100


def test_pace_is_that_of_the_scenario(space):
    text = {"content": "a b c d e"}
    ask(space.one(ttft_ms=100, tokens_per_second=50, jitter=0.5, seed=3, response_data=text), STREAM)

    assert 0.1 < space.journal()[0]["seconds"] < 1


def test_usage_tools_blocks_and_headers_are_those_of_the_scenario(space):
    tools = [{"name": "weather", "arguments": {"city": "Oslo"}}]
    url = space.one(tool_calls=tools, usage={"cache_read_input_tokens": 90}, headers={"x-region": "north"})
    answer = ask(url)
    assert answer.headers["x-region"] == "north"
    assert answer.json["usage"]["cache_read_input_tokens"] == 90
    assert answer.json["stop_reason"] == "tool_use"
    assert [(one["type"], one["input"]) for one in answer.json["content"]] == [("tool_use", {"city": "Oslo"})]

    (call,) = ask(space.one("openai", tool_calls=tools)).json["choices"][0]["message"]["tool_calls"]
    assert (call["function"]["name"], json.loads(call["function"]["arguments"])) == ("weather", {"city": "Oslo"})

    blocks = [{"type": "thinking", "thinking": "hm", "signature": "s"}, {"type": "text", "text": "yes"}]
    assert ask(space.one(blocks=blocks)).json["content"] == blocks
    whole = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "own",
        "content": [],
        "stop_reason": "refusal",
        "usage": {},
    }
    assert ask(space.one(response_data=whole)).json == whole


def test_pages_and_documents(server):
    docs = ask(f"{server.url}/docs", None, method="GET")
    known = ask(f"{server.url}/openapi.json", None, method="GET").json
    listed = ask(f"{server.url}/endpoints", None, method="GET").json["endpoints"]

    assert docs.headers["content-type"].startswith("text/html")
    assert b"http://" not in docs.body
    assert b"https://" not in docs.body  # nothing comes from elsewhere
    assert {(one["method"], one["path"]) for one in listed} == {
        (method.upper(), path) for path, methods in known["paths"].items() for method in methods
    }
    assert ask(f"{server.url}/ns/abc/openapi.json", None, method="GET").json["servers"] == [
        {"url": f"{server.url}/ns/abc"}
    ]


def test_metrics_count(space):
    ask(space.one(behavior="overloaded"))
    text = ask(f"{space.url}/metrics", None, method="GET").body.decode()

    assert 'mock_requests_total{behavior="overloaded",format="anthropic"}' in text
    assert "mock_namespaces " in text


FOREIGN = [
    {"origin": "https://evil.example"},
    {"sec-fetch-site": "cross-site"},
    {"host": "evil.example"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_other_sites_may_not_control_it(server, headers):
    answer = ask(f"{server.url}/mock-set-context", GUIDE, headers=headers)

    assert answer.status == 403


def test_with_a_token_control_needs_it_and_providers_do_not():
    with MockProviders(token="a-test-token") as server:
        control = f"{server.url}/mock-set-context"
        statuses = [
            ask(control, GUIDE, headers=one).status
            for one in ({}, {"authorization": "Bearer no"}, {"authorization": "Bearer a-test-token"})
        ]
        answer = ask(f"{server.url}/mock-provider/debug_provider/v1/messages", SHORT)
        health = ask(f"{server.url}/health", None, method="GET").status

    assert statuses == [401, 401, 200]
    assert (answer.status, health) == (200, 200)


def test_a_taken_port_is_an_error_that_says_so(server):
    with pytest.raises(Exception, match="Port 0 is any free one"):
        MockProviders(port=server.server.port).start()


def test_a_server_that_other_machines_reach_has_one_port_and_a_token():
    with MockProviders("0.0.0.0") as server:
        token = server.server.token
        body = {"name": "x", "providers": [{"name": "s", "behavior": "ssl_error"}]}
        answer = ask(f"{server.url}/mock-set-context", body, headers={"authorization": f"Bearer {token}"})

    assert token
    assert answer.json["urls"]["s"] == f"{server.url.replace('http:', 'https:')}/mock-provider/s"


def test_ports_close_with_their_namespace(server):
    space = Space(server.url, "ports")
    url = space.set({"name": "p", "behavior": "ssl_error"})["p"].replace("https:", "http:")
    assert ask(url + "/v1/messages").status == 400
    space.control("DELETE", "/mock-clear-context")

    with pytest.raises(ConnectionRefusedError):
        ask(url + "/v1/messages")


def test_a_cached_answer_is_the_same_from_another_process(space):
    code = (
        "from tests.sockets.mock.support import *; from balancer.mock.server import MockProviders\n"
        "with MockProviders() as s: print(ask(Space(s.url, 'x').one(behavior='duplicate_cache')).json['id'])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    assert found == ask(space.one(behavior="duplicate_cache")).json["id"]
