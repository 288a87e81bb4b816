"""Streams through the balancer: whole, or known not to be; never broken in silence."""

import asyncio
import json

import aiohttp
import pytest

from tests.asking import CLIENTS, PATHS, bare, in_turn, talk, until, with_anthropic
from tests.framework import Environment, ExpectedBehavior, ProviderBehavior, ProviderConfig, Scenario

pytestmark = pytest.mark.anyio
B = ProviderBehavior
PAIRS = [(client, provider) for client in CLIENTS for provider in CLIENTS]
TEXT = "Once upon a time there was a stream."


def providers(kind: str, first: B = B.STREAMING_SUCCESS, **fields) -> list[ProviderConfig]:
    """One that does something, and one that would answer."""
    good = {"response_data": {"content": TEXT}, "provider_type": kind}
    return [ProviderConfig("p1", first, **{**good, **fields}), ProviderConfig("p2", **good)]


@pytest.mark.parametrize(("client", "provider"), PAIRS)
async def test_a_stream_comes_whole(client, provider):
    async with Environment(Scenario("whole", providers(provider))) as env:
        seen = await CLIENTS[client](env, stream=True)
        await env.assert_expected(seen.outcome)

        assert seen.text == TEXT
        assert seen.pieces >= 8
        assert (env.attempts("p1"), env.attempts("p2")) == (1, 0)


@pytest.mark.parametrize("provider", CLIENTS)
async def test_the_events_are_the_vendors(provider):
    async with Environment(Scenario("events", providers(provider))) as env:
        answer = await bare(env, talk(env, stream=True))

        assert answer.names[0] == "message_start"
        assert answer.names[-2:] == ["message_delta", "message_stop"]
        assert answer.names.count("message_start") == 1
        assert answer.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("vendor", CLIENTS)
async def test_a_stream_of_the_same_format_is_passed_byte_by_byte(vendor):
    """2,000 pieces of content."""
    text = {"content": "word " * 2000}
    async with Environment(
        Scenario("long", [ProviderConfig("p1", B.DUPLICATE_CACHE, provider_type=vendor, response_data=text)])
    ) as env:
        body = talk(env, stream=True)
        answer = await bare(env, body, vendor=vendor)
        async with (
            aiohttp.ClientSession() as session,
            session.post(env.mock_url + f"/mock-provider/p1{PATHS[vendor]}", json=body) as direct,
        ):
            expected = await direct.read()

        if vendor == "openai":  # the time of the answer, which is not the balancer's to change
            clean = [_without_created(one) for one in (answer.body, expected)]
            assert clean[0] == clean[1]
        else:
            assert answer.body == expected


def _without_created(stream: bytes) -> list[dict]:
    events = [line.removeprefix(b"data: ") for line in stream.split(b"\n") if line.startswith(b"data: {")]
    return [
        {name: value for name, value in json.loads(one).items() if name not in {"created", "usage"}} for one in events
    ]


EARLY = [
    (B.ERROR, {}),
    (B.OVERLOADED, {}),
    (B.CONNECTION_ERROR, {}),
    (B.CONNECTION_ERROR, {"connection_phase": "mid_headers"}),
    (B.SSL_ERROR, {}),
    (B.EMPTY_STREAM, {}),
    (B.NOT_JSON, {}),
    (B.STREAM_CUT, {"fault_after_chunks": 0}),
    (B.STREAM_CUT, {"fault_after_chunks": 0, "cut": "reset"}),
    (B.STREAM_TRUNCATED, {"fault_after_chunks": 0}),
    (B.STREAM_ERROR_EVENT, {"fault_after_chunks": 0}),
    (B.STREAM_MALFORMED, {"fault_after_chunks": 0}),
    (B.STREAM_STALL, {"fault_after_chunks": 0, "settings": {"timeouts": {"first_token": 0.3}}}),
    (B.TIMEOUT, {"settings": {"timeouts": {"first_byte": 0.3}}}),
    (B.SLOW_FIRST_TOKEN, {"ttft_ms": 30_000, "settings": {"timeouts": {"first_token": 0.3}}}),
]


@pytest.mark.parametrize("vendor", CLIENTS)
async def test_before_the_first_content_the_next_one_answers(vendor):
    def scenario_of(case: tuple[B, dict]) -> Scenario:
        behavior, fields = case
        return Scenario("early", providers(vendor, behavior, **fields), ExpectedBehavior.FAILOVER)

    async def check(env: Environment, _: tuple[B, dict]) -> None:
        seen = await CLIENTS[vendor](env, stream=True)
        await env.assert_expected(seen.outcome)

        assert seen.text == TEXT
        assert env.attempts("p2") == 1
        assert env.verdict() == []

    await in_turn(EARLY, scenario_of, check)


LATE = [
    (B.STREAM_CUT, {}),
    (B.STREAM_CUT, {"cut": "reset"}),
    (B.STREAM_CUT, {"fault_after_chunks": 1000}),
    (B.STREAM_TRUNCATED, {}),
    (B.STREAM_TRUNCATED, {"fault_after_chunks": 1000}),
    (B.STREAM_ERROR_EVENT, {}),
    (B.STREAM_MALFORMED, {}),
    (B.STREAM_STALL, {"settings": {"timeouts": {"idle": 0.3}}}),
]


@pytest.mark.parametrize("vendor", CLIENTS)
async def test_after_content_a_broken_stream_is_never_a_good_one(vendor):
    """The client gets an error event, and a body that ends without its last chunk; nobody else is asked."""

    def scenario_of(case: tuple[B, dict]) -> Scenario:
        behavior, fields = case
        return Scenario("late", providers(vendor, behavior, **fields))

    async def check(env: Environment, _: tuple[B, dict]) -> None:
        seen = await CLIENTS[vendor](env, stream=True)
        answer = await bare(env, talk(env, stream=True), vendor=vendor)

        assert seen.error is not None
        assert TEXT.startswith(seen.text)
        assert answer.broken
        assert not answer.complete
        assert b'"error"' in answer.body
        assert answer.names.count("message_start") <= 1
        assert env.attempts("p2") == 0
        assert not [one for one in env.verdict() if one.kind == "truncated_success"]

    await in_turn(LATE, scenario_of, check)


async def test_a_stream_without_done_is_whole_if_it_has_a_finish_reason():
    """What OpenAI's clients wait for is added."""
    async with Environment(Scenario("no done", providers("openai", B.STREAM_NO_DONE))) as env:
        answer = await bare(env, talk(env, stream=True), vendor="openai")

        assert answer.complete
        assert not answer.broken
        assert env.attempts("p2") == 0


@pytest.mark.parametrize("vendor", CLIENTS)
async def test_a_client_that_leaves_ends_the_providers_work(vendor):
    scenario = Scenario(
        "leaving",
        [ProviderConfig("p1", provider_type=vendor, response_data={"content": "word " * 500}, tokens_per_second=50)],
    )
    async with Environment(scenario) as env:
        url = env.balancer_url + PATHS[vendor]
        async with aiohttp.ClientSession() as session, session.post(url, json=talk(env, stream=True)) as answer:
            await answer.content.readany()
        left = asyncio.get_running_loop().time()

        assert await until(lambda: env.journal()[0].outcome == "client_gone")
        assert asyncio.get_running_loop().time() - left < 2  # 0.2 s on a quiet machine
        assert env.providers()["p1"]["failures"] == 0


async def test_a_client_that_reads_slowly_gets_everything():
    text = {"content": " ".join(["word"] * 20_000)}
    async with Environment(Scenario("slow", [ProviderConfig("p1", response_data=text)])) as env:
        body = b""
        session = aiohttp.ClientSession(read_bufsize=1024)
        async with session, session.post(f"{env.balancer_url}/v1/messages", json=talk(env, stream=True)) as answer:
            async for piece in answer.content.iter_chunked(65536):
                body += piece
                await asyncio.sleep(0.001)

        assert body.count(b"event: content_block_delta") == 20_000
        assert body.endswith(b'data: {"type":"message_stop"}\n\n')


async def test_background_mode_answers_by_the_next_one_at_any_point():
    """The whole answer is read before any of it is passed on."""
    for behavior, after in ((B.STREAM_CUT, 3), (B.STREAM_TRUNCATED, 1000), (B.STREAM_ERROR_EVENT, 2)):
        first, second = providers(
            "anthropic", behavior, fault_after_chunks=after, settings={"streaming_mode": "background"}
        )
        async with Environment(Scenario("background", [first, second], ExpectedBehavior.FAILOVER)) as env:
            seen = await with_anthropic(env, stream=True)
            await env.assert_expected(seen.outcome)

            assert seen.text == TEXT
