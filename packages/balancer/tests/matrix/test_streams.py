"""Streams and bodies at their limits, through the balancer and straight from the provider."""

import asyncio
import json
import re
from functools import partial

import httpx2
import pytest

from balancer.wire.formats import Format
from tests.matrix.arena import Plan, arena
from tests.matrix.clients import PATHS, Question, raw

LONG = "".join(f"word{number} " for number in range(2000))
SURROGATES = "a\ud83d b\udc00 c"
CREATED = re.compile(rb'"created":\d+')
CACHED = {"behavior": "duplicate_cache"}  # the same answer to the same request, id included


async def answers(url, path, body):
    """The bytes of an answer, and in how many pieces they came."""
    async with httpx2.AsyncClient(timeout=60) as http, http.stream("POST", url + path, content=body) as response:
        assert response.status_code == 200, await response.aread()
        pieces = [piece async for piece in response.aiter_bytes()]
    return b"".join(pieces), len(pieces)


def provider_url(place, model):
    """The provider's own URL, without the balancer."""
    return place.runtime.config.by_name[f"{model}-1"].base_url.removesuffix("/v1")


def body_of(question, **more):
    """As an SDK would write it; `ensure_ascii` writes lone surrogates as JSON escapes."""
    return json.dumps({**question.fields, "stream": question.stream, **more}).encode()


async def straight_and_through(made, model, own, body):
    async with arena(made) as place:
        straight, _ = await answers(provider_url(place, model), PATHS[own], body)
        through, pieces = await answers(place.url, PATHS[own], body)
        return straight, through, pieces, await place.calls("streams")


@pytest.mark.parametrize("own", Format)
def test_stream_of_2000_chunks_is_the_same_bytes(own):
    made = Plan()
    made.add("streams", "long", [{**CACHED, "response_data": {"content": LONG}}], [own])
    options = {"stream_options": {"include_usage": True}} if own is Format.OPENAI else {}
    body = body_of(Question("long", "go", stream=True), **options)

    straight, through, _, _ = asyncio.run(straight_and_through(made, "long", own, body))

    assert straight.count(b"data: ") > 2000
    assert CREATED.sub(b"", through) == CREATED.sub(b"", straight)


@pytest.mark.parametrize("caller", Format)
def test_translated_stream_of_2000_chunks_has_every_word(caller):
    made = Plan()
    other = next(one for one in Format if one is not caller)
    made.add("streams", "long", [{"behavior": "success", "response_data": {"content": LONG}}], [other])

    async def asked():
        async with arena(made) as place:
            client = raw(place.url, caller)
            try:
                return await client.ask(Question("long", "go", stream=True))
            finally:
                await client.close()

    assert asyncio.run(asked()) == LONG


@pytest.mark.parametrize("own", Format)
def test_prompt_of_5_mb_reaches_the_provider_as_it_is(own):
    made = Plan()
    made.add("streams", "prompt", [CACHED], [own])
    body = body_of(Question("prompt", "word " * 1_000_000, stream=False))

    straight, through, _, calls = asyncio.run(straight_and_through(made, "prompt", own, body))

    assert CREATED.sub(b"", through) == CREATED.sub(b"", straight)
    assert len({call["digest"] for call in calls}) == 1
    assert len(calls) == 2


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize("own", Format)
def test_lone_surrogates_pass_unchanged_both_ways(own, stream):
    made = Plan()
    made.add("streams", "surrogates", [{**CACHED, "response_data": {"content": SURROGATES}}], [own])
    options = {"stream_options": {"include_usage": True}} if own is Format.OPENAI and stream else {}
    body = body_of(Question("surrogates", SURROGATES, stream=stream), **options)

    straight, through, _, calls = asyncio.run(straight_and_through(made, "surrogates", own, body))

    assert b"\\ud83d" in through
    assert CREATED.sub(b"", through) == CREATED.sub(b"", straight)
    assert [call["body"]["messages"][0]["content"] for call in calls] == [SURROGATES] * 2


@pytest.mark.parametrize("provider", Format)
def test_lone_surrogates_survive_a_translation(provider):
    caller = next(one for one in Format if one is not provider)
    made = Plan()
    made.add("streams", "surrogates", [{"behavior": "success", "response_data": {"content": SURROGATES}}], [provider])

    async def asked(stream):
        async with arena(made) as place:
            ask = partial(answers, place.url, PATHS[caller])
            return (await ask(body_of(Question("surrogates", SURROGATES, stream=stream))))[0], await place.calls(
                "streams"
            )

    for stream in (True, False):
        answer, calls = asyncio.run(asked(stream))
        assert b"\\ud83d" in answer
        assert b"\\udc00" in answer
        assert SURROGATES in json.dumps(calls[0]["body"], ensure_ascii=False)


def test_model_that_pauses_for_longer_than_its_first_byte_may_take_is_not_cut():
    made = Plan()
    slow = {"behavior": "success", "response_data": {"content": "one two"}, "tokens_per_second": 0.8}
    limits = {"first_byte": 1, "first_token": 30, "idle": 30}
    made.add("streams", "slow", [slow], [Format.ANTHROPIC], timeouts=limits)

    async def asked():
        async with arena(made) as place:
            return await answers(place.url, "/v1/messages", body_of(Question("slow", "go", stream=True)))

    answer, pieces = asyncio.run(asked())

    assert b"message_stop" in answer
    assert pieces > 1
