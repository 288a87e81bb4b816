"""Tokens are settled however a stream ends."""

import asyncio

import pytest

from balancer.wire import anthropic
from balancer.wire.sse import encode
from balancer.wire.usage import Usage
from tests.sockets.proxy.raw_upstream import RawUpstream, stream, whole

pytestmark = pytest.mark.anyio
ASK = {"model": "m", "max_tokens": 9, "stream": True, "messages": [{"role": "user", "content": "hi"}]}
TEXT = "A text of some more words, so that there is something to count."
USAGE = Usage(input_tokens=70, output_tokens=17, cached_tokens=50)
EVENTS = [encode(one) for one in anthropic.stream(anthropic.message(TEXT, model="m", usage=USAGE))]


async def then_silence(call):
    await call.head(200, "text/event-stream")
    await call.chunk(b"".join(EVENTS[:10]))
    await call.silence()


async def test_of_a_complete_stream_as_the_provider_counted(balancer):
    async with RawUpstream(stream(*EVENTS)) as upstream:
        running = await balancer(upstream)
        await (await running.post("/v1/messages", ASK)).read()
        (record,) = await running.settled()
    assert (record.usage, record.usage_estimated) == (USAGE, False)
    assert record.ttft is not None
    assert 0 <= record.seconds - record.upstream_seconds < 1


async def test_of_a_whole_answer(balancer):
    async with RawUpstream(whole(anthropic.message(TEXT, model="m", usage=USAGE))) as upstream:
        running = await balancer(upstream)
        await (await running.post("/v1/messages", {**ASK, "stream": False})).read()
        (record,) = await running.settled()
    assert (record.usage, record.usage_estimated) == (USAGE, False)


async def test_of_a_broken_stream_by_its_text(balancer):
    async with RawUpstream(stream(*EVENTS[:10])) as upstream:
        running = await balancer(upstream)
        async with running.session.post(running.url + "/v1/messages", json=ASK) as got:
            await got.content.readany()
        (record,) = await running.settled()
    assert record.outcome == "broken"
    assert record.usage.input_tokens == 70
    assert record.usage.cached_tokens == 50
    assert 5 <= record.usage.output_tokens <= 17
    assert record.usage_estimated


async def test_of_a_stream_whose_caller_left(balancer):
    async with RawUpstream(then_silence) as upstream:
        running = await balancer(upstream)
        got = await running.session.post(running.url + "/v1/messages", json=ASK)
        await got.content.readany()
        got.close()
        (record,) = await running.settled()
        async with asyncio.timeout(0.2):
            await upstream.calls[0].gone.wait()
    assert record.outcome == "client_gone"
    assert record.usage.input_tokens == 70
    assert record.usage.output_tokens >= 5
    assert record.usage_estimated


async def test_failed_attempts_count_as_attempts_and_not_as_tokens(balancer):
    async with RawUpstream(stream(*EVENTS[:3])) as first, RawUpstream(stream(*EVENTS)) as other:
        running = await balancer(first, other)
        await (await running.post("/v1/messages", ASK)).read()
        (record,) = await running.settled()
    assert record.usage == USAGE
    assert [one.outcome for one in record.attempts] == ["stream_truncated", "ok"]
