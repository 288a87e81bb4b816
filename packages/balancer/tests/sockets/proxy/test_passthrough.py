"""What reaches the provider, and what comes back: the caller's and the provider's own bytes."""

import pytest

from balancer.wire import anthropic, openai
from balancer.wire.sse import encode
from tests.sockets.proxy.raw_upstream import RawUpstream, stream, whole

pytestmark = pytest.mark.anyio
REQUEST = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
EVENTS = [encode(event) for event in anthropic.stream(anthropic.message("Hello there, all is well.", model="m"))]


async def test_a_message_comes_back_byte_for_byte(balancer):
    answer = b'{"type":"message",  "content":[{"type":"text","text":"\\u00e9"}], "new_field": 1.50}'
    async with RawUpstream(whole(answer, 200, "request-id: req_up", "set-cookie: a=b", "x-secret: 1")) as upstream:
        running = await balancer(upstream)
        raw = b'{"model": "m","max_tokens":9 , "messages":[{"role":"user","content":"\\ud800"}], "unknown":1.0}'
        async with running.post("/v1/messages", data=raw, headers={"content-type": "application/json"}) as got:
            assert got.status == 200
            assert await got.read() == answer
            assert got.headers["x-provider-used"] == "p1"
            assert got.headers["x-balancer-attempts"] == "1"
            assert got.headers["request-id"] == "req_up"
            assert got.headers["x-request-id"].startswith("req_")
            assert "set-cookie" not in got.headers
            assert "x-secret" not in got.headers
    assert upstream.calls[0].raw == raw
    assert upstream.calls[0].path == "/v1/messages"


async def test_a_stream_comes_back_byte_for_byte(balancer):
    pieces = [*EVENTS[:2], b": a comment\n\n", *EVENTS[2:]]
    whole_stream = b"".join(pieces)
    cuts = [whole_stream[at : at + 7] for at in range(0, len(whole_stream), 7)]
    async with RawUpstream(stream(*cuts)) as upstream:
        running = await balancer(upstream)
        async with running.post("/v1/messages", REQUEST | {"stream": True}) as got:
            assert got.status == 200
            assert got.headers["content-type"].startswith("text/event-stream")
            assert await got.read() == whole_stream
    assert running.records[0].outcome == "ok"
    assert running.records[0].usage.output_tokens > 0


async def test_the_usage_chunk_that_only_the_balancer_asked_for_is_taken_out(balancer):
    completion = openai.chat_completion("Hello there", model="m")
    asked = b"".join(map(encode, openai.stream(completion, include_usage=True)))
    plain = b"".join(map(encode, openai.stream(completion, include_usage=False)))
    body = {"model": "m", "messages": REQUEST["messages"], "stream": True}
    async with RawUpstream(stream(asked)) as upstream:
        running = await balancer(upstream, type="openai")
        async with running.post("/v1/chat/completions", body) as got:
            assert (await got.read()).count(b"data:") == plain.count(b"data:")
        async with running.post("/v1/chat/completions", body | {"stream_options": {"include_usage": True}}) as got:
            assert await got.read() == asked
    assert upstream.calls[0].body["stream_options"] == {"include_usage": True}
    assert running.records[0].usage == running.records[1].usage
    assert running.records[0].usage.output_tokens > 0


async def test_the_provider_gets_its_own_credential_and_only_listed_headers(balancer):
    sent = {
        "authorization": "Bearer sk-test-caller",
        "x-api-key": "sk-test-caller",
        "anthropic-version": "2099-01-01",
        "anthropic-beta": "b1",
        "x-forwarded-for": "1.2.3.4",
        "cookie": "a=b",
        "accept-encoding": "gzip, br",
        "x-stainless-retry-count": "0",
    }
    async with RawUpstream(whole(anthropic.message("x", model="m"))) as upstream:
        running = await balancer(upstream)
        async with running.post("/v1/messages", REQUEST, headers=sent) as got:
            assert got.status == 200
    headers = upstream.calls[0].headers
    assert headers["x-api-key"] == "sk-test-upstream"
    assert headers["anthropic-version"] == "2099-01-01"
    assert headers["anthropic-beta"] == "b1"
    assert headers["accept-encoding"] == "identity"
    assert headers["host"] == upstream.url.removeprefix("http://")
    assert not {"authorization", "cookie", "x-forwarded-for"} & set(headers)


SAYS_ERROR = 'The body was {"type":"error","error":"insufficient credits"}: rate limit, overloaded, timeout.'


@pytest.mark.parametrize("streams", [False, True])
async def test_an_assistant_may_speak_of_errors(balancer, streams):
    message = anthropic.message(SAYS_ERROR, model="m")
    answer = stream(*map(encode, anthropic.stream(message, piece=500))) if streams else whole(message)
    async with RawUpstream(answer) as upstream:
        running = await balancer(upstream, settings={"unhealthy_threshold": 1})
        async with running.post("/v1/messages", REQUEST | {"stream": streams}) as got:
            assert got.status == 200
            assert b"insufficient credits" in await got.read()
        assert running.runtime.health.describe("p1")["failures"] == 0
        assert running.runtime.health.usable("p1")
