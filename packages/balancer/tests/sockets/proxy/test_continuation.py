"""By opt-in a stream that broke goes on at the next provider: one answer for the caller, marked as what it is."""

import aiohttp
import pytest

from balancer.wire import anthropic, openai
from balancer.wire.assembly import assemble
from balancer.wire.errors import anthropic_error
from balancer.wire.formats import Format
from balancer.wire.sse import SseParser, encode
from tests.sockets.proxy.raw_upstream import RawUpstream, stream, whole

pytestmark = pytest.mark.anyio
MESSAGES = [{"role": "user", "content": "count"}]
TEXT = "one two three four five six seven"
PATHS = {Format.ANTHROPIC: "/v1/messages", Format.OPENAI: "/v1/chat/completions"}
ASK = {
    Format.ANTHROPIC: {"model": "m", "max_tokens": 9, "stream": True, "messages": MESSAGES},
    Format.OPENAI: {"model": "m", "stream": True, "messages": MESSAGES},
}


def events_of(own, text):
    if own is Format.ANTHROPIC:
        return [encode(one) for one in anthropic.stream(anthropic.message(text, model="m"))]
    return [encode(one) for one in openai.stream(openai.chat_completion(text, model="m"), include_usage=True)]


def begun(own, words):
    """The first events of a stream, with so many words."""
    return events_of(own, TEXT)[: words + (3 if own is Format.ANTHROPIC else 1)]


def text_of(own, received):
    body = assemble(own, SseParser().feed(received))
    if own is Format.ANTHROPIC:
        return "".join(block["text"] for block in body["content"])
    return body["choices"][0]["message"]["content"]


async def received_of(running, own):
    received = b""
    try:
        async with running.post(PATHS[own], ASK[own]) as got:
            async for data in got.content.iter_any():
                received += data
    except aiohttp.ClientPayloadError:
        return received, False
    return received, True


@pytest.mark.parametrize("own", list(Format))
async def test_the_text_goes_on_behind_what_the_caller_has(balancer, own):
    async with (
        RawUpstream(stream(*begun(own, 3))) as first,
        RawUpstream(stream(*events_of(own, " and so on"))) as other,
    ):
        running = await balancer(first, other, settings={"stream": {"on_break": "continue"}}, type=own.value)
        received, is_whole = await received_of(running, own)
    assert is_whole
    assert text_of(own, received) == "one two three and so on"
    assert received.count(b": continued by another provider\n\n") == 1
    assert received.count(b"event: message_start") == (1 if own is Format.ANTHROPIC else 0)
    assert other.calls[0].body["messages"][-1] == {"role": "assistant", "content": "one two three"}
    (record,) = running.records
    assert (record.outcome, record.continued) == ("ok", True)
    assert [one.outcome for one in record.attempts] == ["stream_truncated", "ok"]
    assert running.runtime.health.describe("p1")["failures"] == 1


@pytest.mark.parametrize("own", list(Format))
async def test_the_same_answer_is_resumed(balancer, own):
    async with RawUpstream(stream(*begun(own, 3))) as first, RawUpstream(stream(*events_of(own, TEXT))) as other:
        running = await balancer(first, other, settings={"stream": {"on_break": "resume_identical"}}, type=own.value)
        received, is_whole = await received_of(running, own)
    assert is_whole
    assert text_of(own, received) == TEXT
    assert other.calls[0].body["messages"] == MESSAGES


@pytest.mark.parametrize("own", list(Format))
async def test_another_answer_is_not_taken_for_the_same(balancer, own):
    async with (
        RawUpstream(stream(*begun(own, 3))) as first,
        RawUpstream(stream(*events_of(own, "one 2 three"))) as other,
    ):
        running = await balancer(first, other, settings={"stream": {"on_break": "resume_identical"}}, type=own.value)
        received, is_whole = await received_of(running, own)
    assert not is_whole
    assert b'"error"' in received
    assert running.records[0].outcome == "broken"
    assert running.runtime.health.describe("p2")["failures"] == 0


REFUSALS = {
    "a tool call": [
        encode(one)
        for one in anthropic.stream(anthropic.message([anthropic.tool_use("look", {"at": "there"})], model="m"))
    ][:4],
    "the end was announced": events_of(Format.ANTHROPIC, TEXT)[:-1],
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_what_cannot_be_continued_is_not(balancer, name):
    async with RawUpstream(stream(*REFUSALS[name])) as first, RawUpstream(stream()) as other:
        running = await balancer(first, other, settings={"stream": {"on_break": "continue"}})
        received, is_whole = await received_of(running, Format.ANTHROPIC)
    assert not is_whole
    assert b"event: error" in received
    assert other.calls == []


async def test_a_provider_that_takes_no_beginning_leaves_the_stream_broken(balancer):
    refuses = whole(anthropic_error(400, "This model does not support assistant message prefill."), 400)
    own = Format.ANTHROPIC
    async with RawUpstream(stream(*begun(own, 3))) as first, RawUpstream(refuses) as other:
        running = await balancer(first, other, settings={"stream": {"on_break": "continue"}})
        received, is_whole = await received_of(running, own)
    assert not is_whole
    assert received.count(b"event: error") == 1


async def test_the_second_stream_may_break_too(balancer):
    own = Format.ANTHROPIC
    second = stream(*events_of(own, " and four and five")[:6])
    async with (
        RawUpstream(stream(*begun(own, 2))) as first,
        RawUpstream(second) as other,
        RawUpstream(stream(*events_of(own, " at last"))) as third,
    ):
        running = await balancer(first, other, third, settings={"stream": {"on_break": "continue"}})
        received, is_whole = await received_of(running, own)
    assert is_whole
    assert text_of(own, received).startswith("one two and four")
    assert text_of(own, received).endswith(" at last")
    assert third.calls[0].body["messages"][-1]["content"] == text_of(own, received).removesuffix(" at last")
