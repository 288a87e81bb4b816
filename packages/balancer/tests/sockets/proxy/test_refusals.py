"""Bad input is answered in the vendor's shape, and no provider hears of it."""

import asyncio
import json

import pytest

from balancer.wire import anthropic
from tests.sockets.proxy.raw_upstream import RawUpstream, silent, whole

pytestmark = pytest.mark.anyio
MESSAGES = [{"role": "user", "content": "hi"}]
ASK = {"model": "m", "max_tokens": 9, "messages": MESSAGES}
CHAT = {"model": "m", "messages": MESSAGES}
BODIES = [  # path, body, status, type or code, word of the message
    ("/v1/messages", b"{oops", 400, "invalid_request_error", "JSON"),
    ("/v1/messages", b"[]", 400, "invalid_request_error", "object"),
    ("/v1/messages", b'{"model":"m","max_tokens":NaN}', 400, "invalid_request_error", "NaN"),
    ("/v1/messages", {**ASK, "model": None}, 400, "invalid_request_error", "model"),
    ("/v1/messages", {"model": "m", "max_tokens": 9}, 400, "invalid_request_error", "messages"),
    ("/v1/messages", {"model": "m", "messages": MESSAGES}, 400, "invalid_request_error", "max_tokens"),
    ("/v1/messages", {**ASK, "provider": "nobody"}, 404, "not_found_error", "nobody"),
    ("/v1/messages", {**ASK, "model": "unknown"}, 404, "not_found_error", "unknown"),
    ("/v1/messages/count_tokens", {"model": "m"}, 400, "invalid_request_error", "messages"),
    ("/v1/chat/completions", b"{oops", 400, "invalid_request_error", "JSON"),
    ("/v1/chat/completions", {"model": "m"}, 400, "invalid_request_error", "messages"),
    ("/v1/chat/completions", {**CHAT, "model": "unknown"}, 404, "invalid_request_error", "unknown"),
    ("/v1/embeddings", {"model": "m"}, 400, "invalid_request_error", "input"),
]


def is_vendor_shaped(path, body):
    if path.startswith("/v1/messages"):
        return body["type"] == "error" and set(body["error"]) == {"type", "message"}
    return set(body) == {"error"} and set(body["error"]) == {"message", "type", "param", "code"}


async def only_model_m(balancer, *upstreams, **options):
    running = await balancer(*upstreams, **options)
    config = running.runtime.config
    running.runtime.reload(config.model_copy(update={"model_routes": {"m": config.model_routes["*"]}}))
    return running


async def test_bodies_that_no_provider_should_see(balancer):
    async with RawUpstream(whole(anthropic.message("x", model="m"))) as upstream:
        running = await only_model_m(balancer, upstream)
        for path, body, status, kind, word in BODIES:
            raw = body if isinstance(body, bytes) else json.dumps(body).encode()
            async with running.post(path, data=raw, headers={"content-type": "application/json"}) as got:
                answer = await got.json()
                assert (got.status, answer["error"]["type"]) == (status, kind), (path, body)
                assert is_vendor_shaped(path, answer)
                assert word in answer["error"]["message"]
                assert got.headers["x-should-retry"] == "false"
                assert got.headers["x-request-id"].startswith("req_")
        assert upstream.calls == []
        assert {one.outcome for one in running.records} == {"refused"}


REQUESTS = [
    ("POST", "/v1/messages", {"content-type": "text/plain"}, 415),
    ("POST", "/v1/messages", {"content-type": "application/json", "content-encoding": "gzip"}, 415),
    ("GET", "/v1/messages", {}, 405),
    ("GET", "/v1/chat/completions", {}, 405),
    ("POST", "/v1/nothing", {}, 404),
    ("POST", "/v1/messages/nothing", {}, 404),
]


async def test_wrong_media_type_method_and_path(balancer):
    async with RawUpstream(whole({})) as upstream:
        running = await balancer(upstream)
        for method, path, headers, status in REQUESTS:
            data = json.dumps(ASK) if method == "POST" else None
            async with running.session.request(method, running.url + path, data=data, headers=headers) as got:
                assert got.status == status
                assert is_vendor_shaped(path, await got.json())
        assert upstream.calls == []


async def chunks_without_end():
    while True:
        yield b" " * 65_536


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_body_over_the_limit_is_refused_and_the_connection_closed(balancer, chunked):
    async with RawUpstream(whole({})) as upstream:
        running = await balancer(upstream, settings={"limits": {"max_body": 100_000}})
        reader, writer = await asyncio.open_connection(*running.url.removeprefix("http://").split(":"))
        length = "transfer-encoding: chunked" if chunked else "content-length: 100001"
        head = f"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{length}\r\n\r\n"
        writer.write(head.encode() + (b"30d40\r\n" + b" " * 200_000 + b"\r\n" if chunked else b""))
        if chunked:
            writer.write(b"0\r\n\r\n")
        async with asyncio.timeout(5):
            answer = await reader.read()  # to the end of the connection
        writer.close()
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"request_too_large" in answer
        assert upstream.calls == []


KEYS = {"auth": {"enabled": True, "keys": ["sk-test-balancer"]}, "limits": {"max_inflight": 1}}
CREDENTIALS = [
    ({}, 401),
    ({"x-api-key": "sk-test-wrong"}, 401),
    ({"authorization": "Bearer sk-test-wrong"}, 401),
    ({"authorization": "Basic sk-test-balancer"}, 401),
    ({"x-api-key": "sk-test-balancer\xe9"}, 401),
    ({"x-api-key": "sk-test-balancer"}, 200),
    ({"authorization": "Bearer sk-test-balancer"}, 200),
]


async def test_a_key_of_the_balancer_is_asked_for_and_goes_nowhere(balancer):
    async with RawUpstream(whole(anthropic.message("x", model="m"))) as upstream:
        running = await balancer(upstream, settings=KEYS, auth_type="passthrough")
        for headers, status in CREDENTIALS:
            async with running.post("/v1/messages", ASK, headers=headers) as got:
                assert got.status == status, headers
                answer = await got.json()
                assert status == 200 or answer["error"]["type"] == "authentication_error"
        assert len(upstream.calls) == 2
        assert "sk-test-balancer" not in str([call.headers for call in upstream.calls])


async def test_the_list_of_models_asks_for_a_key_too(balancer):
    async with RawUpstream(whole({})) as upstream:
        running = await balancer(upstream, settings=KEYS)
        for headers, status in CREDENTIALS:
            async with running.session.get(running.url + "/health", headers=headers) as got:
                assert got.status == 200
            async with running.session.get(running.url + "/v1/models", headers=headers) as got:
                assert got.status == status
                assert ("error" in await got.json()) == (status == 401)


async def test_the_caller_s_own_credential_passes_where_it_should(balancer):
    async with RawUpstream(
        whole({"type": "error", "error": {"type": "authentication_error", "message": "no"}}, 401)
    ) as one:
        running = await balancer(one, one, auth_type="passthrough")
        async with running.post("/v1/messages", ASK, headers={"x-api-key": "sk-test-mine"}) as got:
            assert got.status == 401
        assert [call.headers["x-api-key"] for call in one.calls] == ["sk-test-mine"]
        assert running.runtime.health.describe("p1")["failures"] == 0


async def test_one_request_too_many_is_sent_away_with_a_time_to_come_back(balancer):
    async with RawUpstream(silent) as upstream:
        running = await balancer(upstream, settings={"limits": {"max_inflight": 1}})
        waiting = asyncio.create_task(running.session.post(running.url + "/v1/messages", json=ASK))
        await upstream.called.wait()
        async with running.post("/v1/messages", ASK) as got:
            assert (got.status, got.headers["retry-after"]) == (503, "1")
            assert got.headers["x-should-retry"] == "true"
        waiting.cancel()


async def test_a_header_cannot_smuggle_a_second_one(balancer):
    async with RawUpstream(whole(anthropic.message("x", model="m"))) as upstream:
        running = await balancer(upstream)
        reader, writer = await asyncio.open_connection(*running.url.removeprefix("http://").split(":"))
        raw = json.dumps(ASK).encode()
        head = f"POST /v1/messages HTTP/1.1\r\nhost: x\r\ncontent-length: {len(raw)}\r\nconnection: close\r\n"
        writer.write(head.encode() + b"anthropic-beta: a\rx-injected: 1\r\n\r\n" + raw)
        async with asyncio.timeout(5):
            await reader.read()
        writer.close()
        assert all("x-injected" not in call.headers for call in upstream.calls)
