"""Who is asked, how often, and in which order."""

import asyncio
import io
import json
import ssl

import aiohttp
import anthropic as anthropic_sdk
import pytest

from balancer.proxy.circuit import State
from balancer.wire import anthropic, openai
from balancer.wire.errors import anthropic_error, error_event
from balancer.wire.formats import Format
from balancer.wire.sse import encode
from tests.sockets.proxy.raw_upstream import RawUpstream, reset, silent, stream, whole

pytestmark = pytest.mark.anyio
ASK = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
GOOD = anthropic.message("All is well.", model="m")
EVENTS = [encode(one) for one in anthropic.stream(GOOD)]
DOWN = whole(anthropic_error(503, "x"), 503)
PING = b'event: ping\ndata: {"type":"ping"}\n\n'


async def ask(running, body=None, **headers):
    async with running.post("/v1/messages", ASK | (body or {}), headers=headers) as got:
        await got.read()
        return got.status, got.headers


def cached(tokens):
    return whole(
        anthropic.message(
            "x", model="m", usage={"input_tokens": 1, "cache_read_input_tokens": tokens, "output_tokens": 1}
        )
    )


async def test_a_provider_that_is_out_is_not_asked_until_its_time(balancer):
    async with RawUpstream(DOWN) as first, RawUpstream(whole(GOOD)) as other:
        running = await balancer(first, other)
        for _ in range(5):
            assert (await ask(running))[0] == 200
    assert (len(first.calls), len(other.calls)) == (2, 5)


async def test_a_retry_after_below_the_threshold_is_obeyed(balancer):
    limited = whole(anthropic_error(429, "x"), 429, "retry-after: 50")
    for counting in ({}, {"unhealthy_http_codes": [], "unhealthy_response_body_patterns": []}):
        async with RawUpstream(limited) as first, RawUpstream(whole(GOOD)) as other:
            running = await balancer(first, other, settings=counting)
            for _ in range(3):
                assert (await ask(running))[0] == 200
        assert len(first.calls) == 1


async def test_the_only_provider_is_waited_for_if_it_asks_for_a_moment(balancer):
    async with RawUpstream(whole(anthropic_error(429, "x"), 429, "retry-after-ms: 100"), whole(GOOD)) as upstream:
        running = await balancer(upstream)
        began = asyncio.get_running_loop().time()
        assert (await ask(running))[0] == 200
        assert asyncio.get_running_loop().time() - began >= 0.1
    assert len(upstream.calls) == 2


async def test_no_wait_that_is_longer_than_allowed(balancer):
    async with RawUpstream(whole(anthropic_error(429, "x"), 429, "retry-after: 7"), whole(GOOD)) as upstream:
        running = await balancer(upstream)
        status, headers = await ask(running)
    assert (status, headers["retry-after"], headers["x-should-retry"]) == (503, "7", "true")
    assert len(upstream.calls) == 1


async def test_when_all_are_out_one_is_asked_once_before_its_time(balancer):
    async with RawUpstream(DOWN) as first, RawUpstream(DOWN) as other:
        running = await balancer(first, other, settings={"unhealthy_threshold": 1, "deduplication": {"enabled": False}})
        for _ in range(6):
            assert (await ask(running))[0] == 503
    assert len(first.calls) + len(other.calls) == 4  # each once, and each once as the last resort


async def test_the_last_resort_brings_a_provider_back(balancer):
    async with RawUpstream(DOWN, whole(GOOD)) as upstream:
        running = await balancer(upstream, settings={"unhealthy_threshold": 1, "deduplication": {"enabled": False}})
        assert [(await ask(running))[0] for _ in range(3)] == [503, 200, 200]
        assert running.runtime.health.state("p1") is State.HEALTHY


async def test_a_reset_or_500_once_more_at_the_same_provider(balancer):
    for fault in (reset, whole(anthropic_error(500, "x"), 500)):
        async with RawUpstream(fault, whole(GOOD)) as upstream:
            running = await balancer(upstream)
            assert (await ask(running))[0] == 200
            assert running.runtime.health.describe("p1")["failures"] == 0
        assert len(upstream.calls) == 2


async def test_what_a_provider_does_for_us_is_not_done_twice_there(balancer):
    tools = {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}
    async with RawUpstream(reset, whole(GOOD)) as upstream:
        running = await balancer(upstream)
        assert (await ask(running, tools))[0] == 503
    assert len(upstream.calls) == 1


async def test_never_more_calls_than_allowed_the_sdk_s_own_retries_included(balancer):
    fault = whole(anthropic_error(500, "x"), 500)
    async with RawUpstream(fault) as first, RawUpstream(fault) as other:
        settings = {
            "retry": {"max_attempts": 5, "base": 0},
            "deduplication": {"error_hold": 0},
            "unhealthy_threshold": 99,
        }
        running = await balancer(first, other, settings=settings)
        async with anthropic_sdk.AsyncAnthropic(api_key="sk-test", base_url=running.url, max_retries=4) as client:
            with pytest.raises(anthropic_sdk.APIStatusError) as caught:
                await client.messages.create(**ASK)
        assert caught.value.status_code == 503
        assert caught.value.response.headers["x-should-retry"] == "false"
    assert len(first.calls) + len(other.calls) == 5


async def test_a_provider_takes_no_more_at_once_than_it_may(balancer):
    async with RawUpstream(silent) as first, RawUpstream(whole(GOOD)) as other:
        running = await balancer(first, other, max_concurrency=1)
        waiting = asyncio.create_task(ask(running))
        await first.called.wait()
        status, headers = await ask(running)
        assert (status, headers["x-provider-used"]) == (200, "p2")
        waiting.cancel()
    assert len(first.calls) == 1


async def test_failover_on_unhealthy_returns_the_provider_s_own_error_below_the_threshold(balancer):
    async with RawUpstream(DOWN) as first, RawUpstream(whole(GOOD)) as other:
        running = await balancer(first, other, settings={"failover_on": "unhealthy"})
        async with running.post("/v1/messages", ASK) as got:
            assert (got.status, await got.json()) == (503, anthropic_error(503, "x"))
        assert (await ask(running, {"max_tokens": 8}))[0] == 200
    assert (len(first.calls), len(other.calls)) == (2, 1)


async def test_a_caller_may_name_the_provider(balancer):
    async with RawUpstream(whole(GOOD)) as first, RawUpstream(whole(GOOD)) as other:
        running = await balancer(first, other)
        assert (await ask(running, {"provider": "p2"}))[1]["x-provider-used"] == "p2"
    assert first.calls == []
    assert "provider" not in other.calls[0].body


async def test_callers_stay_with_the_provider_that_answered_them_and_only_they(balancer):
    async with RawUpstream(DOWN, whole(GOOD)) as first, RawUpstream(whole(GOOD)) as other:
        running = await balancer(first, other, settings={"sticky_provider_duration": 300})
        mine, theirs = {"x-api-key": "sk-test-mine"}, {"x-api-key": "sk-test-theirs"}
        used = [(await ask(running, **headers))[1]["x-provider-used"] for headers in (mine, mine, theirs)]
    assert used == ["p2", "p2", "p1"]
    assert [record.sticky for record in running.records] == [False, True, False]
    assert running.runtime.affinity.hits == 1


async def test_the_preference_is_no_wall(balancer):
    async with RawUpstream(whole(GOOD), DOWN) as first, RawUpstream(whole(GOOD)) as other:
        running = await balancer(first, other, settings={"sticky_provider_duration": 300})
        assert [(await ask(running))[1]["x-provider-used"] for _ in range(2)] == ["p1", "p2"]


async def test_a_warm_prompt_cache_keeps_the_preference_alive(balancer):
    for tokens, used in ((0, "p1"), (900, "p2")):
        async with RawUpstream(DOWN, whole(GOOD)) as first, RawUpstream(cached(tokens)) as other:
            running = await balancer(first, other, settings={"sticky_provider_duration": 100})
            now = 0.0
            running.runtime.affinity._clock = lambda: now  # noqa: B023 - read at once
            await ask(running)
            now = 70.0
            await ask(running)
            now = 140.0
            assert (await ask(running))[1]["x-provider-used"] == used
            assert running.runtime.affinity.cached_tokens >= tokens


async def test_background_mode_fails_over_at_any_point(balancer):
    async with RawUpstream(stream(*EVENTS[:-1])) as first, RawUpstream(stream(*EVENTS)) as other:
        running = await balancer(first, other, streaming_mode="background")
        async with running.post("/v1/messages", ASK | {"stream": True}) as got:
            assert await got.read() == b"".join(EVENTS)
            assert got.headers["x-provider-used"] == "p2"


async def test_pings_reach_a_waiting_caller_as_comments_and_the_next_provider_may_still_answer(balancer):
    async def pings(call):
        await call.head(200, "text/event-stream")
        await call.chunk(EVENTS[0])
        for _ in range(4):
            await asyncio.sleep(0.06)
            await call.chunk(PING)
        raise ConnectionError

    async with RawUpstream(pings) as first, RawUpstream(stream(*EVENTS)) as other:
        running = await balancer(first, other, settings={"stream": {"hold_max_seconds": 0.1}})
        async with running.post("/v1/messages", ASK | {"stream": True}) as got:
            received = await got.read()
    comments = received.count(b": ping\n\n")
    assert comments >= 2
    assert received == b": ping\n\n" * comments + b"".join(EVENTS)


async def test_after_pings_the_callers_own_fault_is_told_by_an_error_event(balancer):
    fault = encode(error_event(Format.ANTHROPIC, anthropic_error(400, "too odd")))

    async def pings(call):
        await call.head(200, "text/event-stream")
        for _ in range(3):
            await asyncio.sleep(0.06)
            await call.chunk(PING)
        await call.chunk(fault)

    received = b""
    async with RawUpstream(pings) as upstream:
        running = await balancer(upstream, settings={"stream": {"hold_max_seconds": 0.1}})
        async with running.post("/v1/messages", ASK | {"stream": True}) as got:
            with pytest.raises(aiohttp.ClientPayloadError):  # noqa: PT012 - it raises on the way
                async for piece in got.content.iter_any():
                    received += piece
    assert received.startswith(b": ping\n\n")
    assert received.replace(b": ping\n\n", b"") == fault


async def test_a_reload_that_takes_a_provider_away_breaks_no_request_under_way(balancer):
    async def gone_meanwhile(call):
        config = running.runtime.config
        other = config.providers[0].model_copy(update={"name": "other"})
        target = config.model_routes["*"][0].model_copy(update={"provider": "other"})
        running.runtime.reload(config.model_copy(update={"providers": (other,), "model_routes": {"*": (target,)}}))
        await DOWN(call)

    async with RawUpstream(gone_meanwhile) as upstream:
        running = await balancer(upstream)
        status, _ = await ask(running)
    assert status == 503


LIMITS = [{"hold_max_events": 3}, {"hold_max_bytes": 300}]


@pytest.mark.parametrize("limit", LIMITS)
async def test_what_is_held_back_has_a_limit(balancer, limit):
    async def never_says_anything(call):
        await call.head(200, "text/event-stream")
        await call.chunk(EVENTS[0])
        for _ in range(4):
            await call.chunk(PING)
        await call.silence()

    async with RawUpstream(never_says_anything) as upstream:
        running = await balancer(upstream, settings={"stream": limit})
        async with running.session.post(running.url + "/v1/messages", json=ASK | {"stream": True}) as got:
            assert (await got.content.readany()).startswith(EVENTS[0])


async def test_a_prompt_of_five_megabytes_and_a_stream_of_two_thousand_chunks(balancer):
    text = "".join(f"word {number} " for number in range(2000))
    events = [encode(one) for one in anthropic.stream(anthropic.message(text, model="m"), piece=8)]
    assert len(events) > 2000
    prompt = {"messages": [{"role": "user", "content": "x" * 5_000_000}], "stream": True}
    async with RawUpstream(stream(*events)) as upstream:
        running = await balancer(upstream)
        raw = io.BytesIO(json.dumps(ASK | prompt).encode())
        async with running.post("/v1/messages", data=raw, headers={"content-type": "application/json"}) as got:
            assert await got.read() == b"".join(events)
    assert upstream.calls[0].body["messages"] == prompt["messages"]


async def test_a_slow_caller_slows_the_provider_and_loses_nothing(balancer):
    text = "x" * 400_000
    events = [encode(one) for one in anthropic.stream(anthropic.message(text, model="m"), piece=1000)]
    async with RawUpstream(stream(*events)) as upstream:
        running = await balancer(upstream)
        async with running.session.post(running.url + "/v1/messages", json=ASK | {"stream": True}) as got:
            received = b""
            while part := await got.content.read(30_000):
                received += part
                await asyncio.sleep(0.002)
    assert received == b"".join(events)


async def test_connections_are_used_again(balancer):
    async with RawUpstream(stream(*EVENTS)) as upstream:
        running = await balancer(upstream)
        for _ in range(5):
            async with running.post("/v1/messages", ASK | {"stream": True}) as got:
                await got.read()
    assert (len(upstream.calls), upstream.connections) == (5, 1)


async def test_a_provider_whose_certificate_nobody_knows(balancer, tmp_path):
    import trustme

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with RawUpstream(whole(GOOD), tls=context) as first, RawUpstream(whole(GOOD)) as other:
        running = await balancer(first, other)
        assert (await ask(running))[1]["x-provider-used"] == "p2"
        assert running.records[0].attempts[0].outcome == "ssl_certificate"
    async with RawUpstream(whole(GOOD), tls=context) as first:
        running = await balancer(first, verify_tls=False)
        assert (await ask(running))[0] == 200


async def test_a_port_that_nobody_listens_on(balancer):
    async with RawUpstream(whole(GOOD)) as first, RawUpstream(whole(GOOD)) as other:
        first._server.close()
        running = await balancer(first, other)
        assert (await ask(running))[1]["x-provider-used"] == "p2"
        assert running.records[0].attempts[0].outcome == "connection_refused"


async def test_embeddings_and_token_counts_take_the_same_way(balancer):
    vectors = openai.embeddings(["a"], model="m", dimensions=3, encoding_format="float")
    async with RawUpstream(DOWN) as first, RawUpstream(whole(vectors)) as other:
        running = await balancer(first, other, type="openai")
        async with running.post("/v1/embeddings", {"model": "m", "input": "a"}) as got:
            assert await got.json() == vectors
        assert other.calls[0].path == "/v1/embeddings"
    async with RawUpstream(DOWN) as first, RawUpstream(whole({"input_tokens": 7})) as other:
        running = await balancer(first, other)
        async with running.post("/v1/messages/count_tokens", {"model": "m", "messages": ASK["messages"]}) as got:
            assert await got.json() == {"input_tokens": 7}


async def test_tokens_are_estimated_where_no_provider_counts_them(balancer):
    async with RawUpstream(DOWN) as upstream:
        running = await balancer(upstream, type="openai")
        async with running.post("/v1/messages/count_tokens", {"model": "m", "messages": ASK["messages"]}) as got:
            assert (await got.json())["input_tokens"] >= 1
            assert "estimate" in got.headers["x-balancer-warning"]
    assert upstream.calls == []


async def test_what_a_load_balancer_asks(balancer):
    async with RawUpstream(DOWN) as upstream:
        running = await balancer(upstream, settings={"unhealthy_threshold": 1})
        statuses = []
        for path in ("/health", "/ready"):
            async with running.session.get(running.url + path) as got:
                statuses.append(got.status)
        await ask(running)
        for path in ("/health", "/ready"):
            async with running.session.get(running.url + path) as got:
                statuses.append(got.status)
        assert "retry-after" in got.headers
    assert statuses == [200, 200, 200, 503]


async def test_the_models_are_those_with_a_full_name(balancer):
    async with RawUpstream(whole(GOOD)) as upstream:
        running = await balancer(upstream)
        config = running.runtime.config
        routes = {"claude-a": config.model_routes["*"], "gpt-*": config.model_routes["*"]}
        running.runtime.reload(config.model_copy(update={"model_routes": routes}))
        shapes = {}
        for name, headers in (("openai", {}), ("anthropic", {"anthropic-version": "2023-06-01"})):
            async with running.session.get(running.url + "/v1/models", headers=headers) as got:
                shapes[name] = json.loads(await got.read())
    assert {name: [one["id"] for one in shape["data"]] for name, shape in shapes.items()} == {
        "openai": ["claude-a"],
        "anthropic": ["claude-a"],
    }
    assert shapes["openai"]["object"] == "list"
    assert "has_more" in shapes["anthropic"]
