"""A slow provider has a rival: the first that has content answers, and the other leaves no trace in health."""

import asyncio

import pytest

from balancer.wire import anthropic
from balancer.wire.errors import anthropic_error
from balancer.wire.sse import encode
from tests.sockets.proxy.raw_upstream import RawUpstream, silent, stream, whole

pytestmark = pytest.mark.anyio
ASK = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]}
GOOD = anthropic.message("All is well.", model="m")
EVENTS = [encode(one) for one in anthropic.stream(GOOD)]
HEDGE = {"hedge": {"enabled": True, "after_ms": 50}}


def late(script, seconds):
    async def answer(call):
        await asyncio.sleep(seconds)
        await script(call)

    return answer


async def silent_after_start(call):
    await call.head(200, "text/event-stream")
    await call.chunk(b"".join(EVENTS[:3]))
    await call.silence()


@pytest.mark.parametrize("streams", [False, True])
async def test_the_rival_answers_for_a_silent_provider(balancer, streams):
    slow, fast = (silent_after_start, stream(*EVENTS)) if streams else (silent, whole(GOOD))
    async with RawUpstream(slow) as first, RawUpstream(fast) as other:
        running = await balancer(first, other, settings=HEDGE)
        async with running.post("/v1/messages", ASK | {"stream": streams}) as got:
            body = await got.read()
            assert got.headers["x-provider-used"] == "p2"
        (record,) = await running.settled()
        async with asyncio.timeout(1):
            await first.calls[0].gone.wait()
    assert body == b"".join(EVENTS) if streams else b"All is well" in body
    assert [(one.provider, one.outcome, one.hedge) for one in record.attempts] == [
        ("p1", "abandoned", False),
        ("p2", "ok", True),
    ]
    assert (record.hedged, record.outcome) == (True, "ok")
    for name in ("p1", "p2"):
        assert running.runtime.health.describe(name)["failures"] == 0
        assert running.runtime.health.describe(name)["in_flight"] == 0


async def test_a_fast_provider_has_no_rival(balancer):
    async with RawUpstream(whole(GOOD)) as first, RawUpstream(whole(GOOD)) as other:
        running = await balancer(first, other, settings={"hedge": {"enabled": True, "after_ms": 2000}})
        async with running.post("/v1/messages", ASK) as got:
            assert got.headers["x-provider-used"] == "p1"
    assert other.calls == []


async def test_the_first_may_still_win(balancer):
    async with RawUpstream(late(whole(GOOD), 0.2)) as first, RawUpstream(silent) as other:
        running = await balancer(first, other, settings=HEDGE)
        async with running.post("/v1/messages", ASK) as got:
            assert got.headers["x-provider-used"] == "p1"
        async with asyncio.timeout(1):
            await other.calls[0].gone.wait()


async def test_a_rival_that_fails_leaves_the_race_to_the_first(balancer):
    down = whole(anthropic_error(503, "x"), 503)
    async with RawUpstream(late(whole(GOOD), 0.2)) as first, RawUpstream(down) as other:
        running = await balancer(first, other, settings=HEDGE)
        async with running.post("/v1/messages", ASK) as got:
            assert (got.status, got.headers["x-provider-used"]) == (200, "p1")
    assert len(other.calls) == 1


async def test_no_rival_for_tools_that_run_at_the_provider(balancer):
    tools = {"tools": [{"type": "web_search_20250305", "name": "web_search"}]}
    async with RawUpstream(late(whole(GOOD), 0.2)) as first, RawUpstream(whole(GOOD)) as other:
        running = await balancer(first, other, settings=HEDGE)
        async with running.post("/v1/messages", ASK | tools) as got:
            assert got.headers["x-provider-used"] == "p1"
    assert other.calls == []


async def test_p95_needs_some_answers_first(balancer):
    async with RawUpstream(whole(GOOD)) as first, RawUpstream(whole(GOOD)) as other:
        running = await balancer(first, other, settings={"hedge": {"enabled": True}})
        latencies, hedge = running.runtime.latencies, running.runtime.config.settings.hedge
        assert latencies.delay(hedge) is None
        for number in range(100):
            latencies.add(number / 100)
        assert 0.9 <= latencies.delay(hedge) <= 1.0


async def test_a_caller_that_leaves_ends_both(balancer):
    async with RawUpstream(silent) as first, RawUpstream(silent) as other:
        running = await balancer(first, other, settings=HEDGE)
        asking = asyncio.create_task(running.session.post(running.url + "/v1/messages", json=ASK))
        await other.called.wait()
        asking.cancel()
        async with asyncio.timeout(0.5):
            await first.calls[0].gone.wait()
            await other.calls[0].gone.wait()
        (record,) = await running.settled()
    assert record.outcome == "client_gone"
