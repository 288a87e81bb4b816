"""A provider of the other format answers as one of the caller's own would: whole, streamed, and when it fails."""

import aiohttp
import pytest

from balancer.wire import anthropic, openai
from balancer.wire.errors import anthropic_error, openai_error
from balancer.wire.formats import Format
from balancer.wire.reading import reader_for
from balancer.wire.sse import SseParser, encode
from tests.sockets.proxy.raw_upstream import RawUpstream, stream, whole

pytestmark = pytest.mark.anyio
MESSAGES = [{"role": "user", "content": "hi"}]
TEXT = "All is well, and said in another format."
MESSAGE = anthropic.message(TEXT, model="real-model", input_tokens=21)
COMPLETION = openai.chat_completion(TEXT, model="real-model")
ASK = {
    "anthropic": {"model": "m", "max_tokens": 9, "messages": MESSAGES},
    "openai": {"model": "m", "messages": MESSAGES},
}
PATHS = {"anthropic": "/v1/messages", "openai": "/v1/chat/completions"}
WHOLE = {"anthropic": MESSAGE, "openai": COMPLETION}
STREAM = {
    "anthropic": b"".join(map(encode, anthropic.stream(MESSAGE))),
    "openai": b"".join(map(encode, openai.stream(COMPLETION, include_usage=True))),
}
PAIRS = [("anthropic", "openai"), ("openai", "anthropic")]
AT = {"anthropic": "/v1/messages", "openai": "/v1/chat/completions"}


def text_of(body):
    return body["content"][0]["text"] if "content" in body else body["choices"][0]["message"]["content"]


@pytest.mark.parametrize(("caller", "provider"), PAIRS)
async def test_a_whole_answer(balancer, caller, provider):
    async with RawUpstream(whole(WHOLE[provider])) as upstream:
        running = await balancer(upstream, type=provider)
        async with running.post(PATHS[caller], ASK[caller]) as got:
            assert got.status == 200
            assert text_of(await got.json()) == TEXT
    assert upstream.calls[0].path == AT[provider]
    assert running.records[0].usage.output_tokens > 0


@pytest.mark.parametrize(("caller", "provider"), PAIRS)
async def test_a_stream(balancer, caller, provider):
    async with RawUpstream(stream(STREAM[provider][:150], STREAM[provider][150:])) as upstream:
        running = await balancer(upstream, type=provider)
        async with running.post(PATHS[caller], ASK[caller] | {"stream": True}) as got:
            received = await got.read()
    reader = reader_for(Format(caller))
    for event in SseParser().feed(received):
        reader.feed(event)
    assert (reader.complete, reader.text) == (True, TEXT)
    assert running.records[0].usage.output_tokens > 0
    assert running.records[0].outcome == "ok"


@pytest.mark.parametrize(("caller", "provider"), PAIRS)
async def test_a_stream_that_breaks_after_content(balancer, caller, provider):
    half = STREAM[provider][: len(STREAM[provider]) // 2]
    async with RawUpstream(stream(half, end=False)) as upstream:
        running = await balancer(upstream, type=provider)
        async with running.session.post(running.url + PATHS[caller], json=ASK[caller] | {"stream": True}) as got:
            received = b""
            with pytest.raises(aiohttp.ClientPayloadError):  # noqa: PT012 - it raises on the way
                async for data in got.content.iter_any():
                    received += data
    assert b'"error"' in received
    assert b"[DONE]" not in received
    assert b"message_stop" not in received


@pytest.mark.parametrize(("caller", "provider"), PAIRS)
async def test_the_caller_s_own_fault_in_the_caller_s_format(balancer, caller, provider):
    error = {"anthropic": anthropic_error, "openai": openai_error}[provider](400, "max_tokens: too many")
    async with RawUpstream(whole(error, 400)) as upstream:
        running = await balancer(upstream, type=provider)
        async with running.post(PATHS[caller], ASK[caller]) as got:
            body = await got.json()
            assert got.status == 400
    assert body["error"]["message"] == "max_tokens: too many"
    assert ("type" in body) == (caller == "anthropic")


async def test_a_provider_that_ignores_stream(balancer):
    async with RawUpstream(whole(MESSAGE)) as upstream:
        running = await balancer(upstream)
        async with running.post("/v1/messages", ASK["anthropic"] | {"stream": True}) as got:
            assert got.headers["content-type"].startswith("text/event-stream")
            assert await got.read() == STREAM["anthropic"]


async def test_the_second_provider_may_speak_the_other_format(balancer):
    async with RawUpstream(whole(b"", 503)) as first, RawUpstream(whole(COMPLETION)) as other:
        running = await balancer(first, other)
        one, two = running.runtime.config.providers
        mixed = two.model_copy(update={"type": Format.OPENAI, "base_url": other.url + "/v1"})
        running.runtime.reload(running.runtime.config.model_copy(update={"providers": (one, mixed)}))
        async with running.post("/v1/messages", ASK["anthropic"]) as got:
            assert text_of(await got.json()) == TEXT
            assert got.headers["x-provider-used"] == "p2"
