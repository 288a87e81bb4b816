"""Equal requests at the same time are one request to the provider; others are not."""

import asyncio

import pytest

from tests.asking import bare, talk, with_anthropic
from tests.framework import Environment, ProviderBehavior, ProviderConfig, Scenario

pytestmark = pytest.mark.anyio
B = ProviderBehavior


def slow(behavior: B = B.SUCCESS, *, delay_ms: int = 400, **settings) -> Scenario:
    """A provider that takes its time, so that requests meet."""
    provider = ProviderConfig("p1", behavior, delay_ms=delay_ms, response_data={"content": "one answer for all"})
    return Scenario("duplicates", [provider], settings_override=settings or None)


async def test_equal_requests_are_asked_once():
    async with Environment(slow()) as env:
        seen = await asyncio.gather(*(with_anthropic(env) for _ in range(8)))

        assert {one.text for one in seen} == {"one answer for all"}
        assert env.attempts("p1") == 1


async def test_a_stream_and_a_whole_answer_are_equal():
    async with Environment(slow()) as env:
        seen = await asyncio.gather(*(with_anthropic(env, stream=stream) for stream in (True, False, True, False)))

        assert {one.text for one in seen} == {"one answer for all"}
        assert len({one.response.id for one in seen}) == 1
        assert env.attempts("p1") == 1


OTHERS = [
    {"messages": [{"role": "user", "content": "another question"}]},
    {"system": "be brief"},
    {"temperature": 0.5},
    {"top_p": 0.5},
    {"stop_sequences": ["x"]},
    {"tools": [{"name": "f", "input_schema": {"type": "object"}}]},
    {"tools": [{"name": "f", "input_schema": {"type": "object"}}], "tool_choice": {"type": "any"}},
]


async def test_whatever_changes_the_answer_makes_another_request():
    async with Environment(slow()) as env:
        answers = await asyncio.gather(*(bare(env, talk(env, **more)) for more in [{}, *OTHERS]))

        assert {one.status for one in answers} == {200}
        assert env.attempts("p1") == 1 + len(OTHERS)


@pytest.mark.parametrize(("include", "asked"), [(False, 1), (True, 2)])
async def test_max_tokens_counts_only_if_it_should(include, asked):
    deduplication = {"include_max_tokens_in_signature": include}
    async with Environment(slow(deduplication=deduplication)) as env:
        await asyncio.gather(*(bare(env, talk(env, max_tokens=number)) for number in (10, 20)))

        assert env.attempts("p1") == asked


async def test_two_clients_never_share_an_answer():
    async with Environment(slow()) as env:
        await asyncio.gather(*(with_anthropic(env, api_key=key) for key in ("sk-test-one", "sk-test-two")))

        assert env.attempts("p1") == 2


async def test_an_answer_that_is_over_is_not_kept():
    async with Environment(slow()) as env:
        for _ in range(2):
            await with_anthropic(env)

        assert env.attempts("p1") == 2


async def test_a_failure_is_shared_by_those_who_waited():
    """And is not asked for again by each of them."""
    scenario = slow(B.BAD_REQUEST)
    async with Environment(scenario) as env:
        seen = await asyncio.gather(*(with_anthropic(env) for _ in range(5)))

        assert {one.error.status_code for one in seen} == {400}
        assert env.attempts("p1") == 1


async def test_who_asked_first_may_leave():
    async with Environment(slow()) as env:
        first = asyncio.create_task(with_anthropic(env))
        async with asyncio.timeout(5):
            while not env.journal():  # noqa: ASYNC110 - what is asked is in another process
                await asyncio.sleep(0.01)
        second = asyncio.create_task(with_anthropic(env))
        await asyncio.sleep(0.1)
        first.cancel()

        assert (await second).text == "one answer for all"
        assert env.attempts("p1") == 1


@pytest.mark.parametrize(
    ("headers", "asked"),
    [
        ([{}, {}], 2),
        ([{"idempotency-key": "a"}, {"idempotency-key": "a"}], 1),
        ([{"idempotency-key": "a"}, {"idempotency-key": "b"}], 2),
        ([{}, {"x-stainless-retry-count": "1"}], 1),
    ],
)
async def test_by_default_only_what_a_client_marks_as_a_repetition_is_one(headers, asked):
    """So that equal requests on purpose stay as many answers as were asked for."""
    async with Environment(slow(delay_ms=1500, deduplication={"mode": "retries"})) as env:
        first = asyncio.create_task(bare(env, talk(env), headers=headers[0]))
        async with asyncio.timeout(5):
            while not env.journal():  # noqa: ASYNC110 - what is asked is in another process
                await asyncio.sleep(0.01)
        answers = [await bare(env, talk(env), headers=headers[1]), await first]

        assert [one.status for one in answers] == [200, 200]
        assert env.attempts("p1") == asked


async def test_deduplication_can_be_switched_off():
    async with Environment(slow(deduplication={"enabled": False})) as env:
        await asyncio.gather(*(with_anthropic(env) for _ in range(3)))

        assert env.attempts("p1") == 3


async def test_a_provider_that_caches_gives_the_same_answer_again():
    cached = Scenario("cached", [ProviderConfig("p1", B.DUPLICATE_CACHE)])
    async with Environment(cached) as env:
        first, again = await with_anthropic(env), await with_anthropic(env, stream=True)
        other = await with_anthropic(env, messages=[{"role": "user", "content": "another question"}])

        assert (first.response.id, first.text) == (again.response.id, again.text)
        assert other.response.id != first.response.id
