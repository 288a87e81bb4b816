"""Whole answers through the balancer, with both official SDKs, from providers of both formats."""

import pytest

from tests.asking import CLIENTS, bare, in_turn, talk, until, with_anthropic, with_openai
from tests.framework import Environment, ExpectedBehavior, ProviderBehavior, ProviderConfig, Scenario

pytestmark = pytest.mark.anyio
PAIRS = [(client, provider) for client in CLIENTS for provider in CLIENTS]


def one(**fields) -> Scenario:
    return Scenario("one", [ProviderConfig("p1", response_data={"content": "Hello from p1"}, **fields)])


async def test_an_answer_comes_whole():
    async def check(env: Environment, pair: tuple[str, str]) -> None:
        seen = await CLIENTS[pair[0]](env)
        await env.assert_expected(seen.outcome)

        assert seen.text == "Hello from p1"
        assert env.attempts("p1") == 1
        assert env.verdict() == []

    await in_turn(PAIRS, lambda pair: one(provider_type=pair[1]), check)


@pytest.mark.parametrize(("client", "provider"), PAIRS)
async def test_tool_calls_come_whole(client, provider):
    tools = [{"name": "weather", "arguments": {"city": "Oslo", "days": [1, 2]}}]
    async with Environment(Scenario("tools", [ProviderConfig("p1", provider_type=provider, tool_calls=tools)])) as env:
        response = (await CLIENTS[client](env)).response

        if client == "anthropic":
            (call,) = [one for one in response.content if one.type == "tool_use"]
            assert (call.name, call.input, response.stop_reason) == (
                "weather",
                {"city": "Oslo", "days": [1, 2]},
                "tool_use",
            )
        else:
            (call,) = response.choices[0].message.tool_calls
            assert call.function.name == "weather"
            assert call.function.arguments.replace(" ", "") == '{"city":"Oslo","days":[1,2]}'
            assert response.choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize(
    ("provider", "usage"),
    [
        ("anthropic", {"input_tokens": 11, "output_tokens": 7}),
        ("openai", {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}),
    ],
)
async def test_usage_is_that_of_the_provider(provider, usage):
    async with Environment(one(provider_type=provider, usage=usage)) as env:
        anthropic = (await with_anthropic(env)).response.usage
        openai = (await with_openai(env)).response.usage

        assert (anthropic.input_tokens, anthropic.output_tokens) == (11, 7)
        assert (openai.prompt_tokens, openai.completion_tokens) == (11, 7)


async def test_the_answer_says_who_gave_it():
    async with Environment(one()) as env:
        answer = await bare(env, talk(env))

        assert answer.status == 200
        assert answer.headers["x-provider-used"] == "p1"
        assert answer.headers["x-request-id"]


async def test_what_the_client_sends_arrives_unchanged():
    async with Environment(one()) as env:
        await bare(
            env, talk(env, metadata={"user_id": "u1"}, unknown_of_tomorrow=[1]), headers={"anthropic-beta": "x-2026"}
        )
        (entry,) = env.journal()

        assert entry.body == talk(env, metadata={"user_id": "u1"}, unknown_of_tomorrow=[1])
        assert entry.headers["anthropic-beta"] == "x-2026"


async def test_the_clients_key_stays_here():
    async with Environment(one()) as env:
        await bare(env, talk(env), headers={"x-api-key": "sk-test-of-the-client"})

        assert "sk-test-of-the-client" not in str(env.journal()[0])
        assert await until(lambda: '"provider": "p1"' in env.gateway.log())  # the line comes after the answer
        assert "sk-test-of-the-client" not in env.gateway.log()


async def test_a_prompt_of_five_megabytes_arrives():
    async with Environment(one()) as env:
        prompt = [{"role": "user", "content": "x" * 5 * 1024 * 1024}]
        answer = await bare(env, talk(env, messages=prompt))

        assert answer.json["content"][0]["text"] == "Hello from p1"
        assert int(env.journal()[0].headers["content-length"]) > 5 * 1024 * 1024


@pytest.mark.parametrize("client", CLIENTS)
async def test_an_error_of_the_caller_is_the_callers(client):
    """Passed on as the provider said it, once, and not held against the provider."""
    bad = ProviderConfig(
        "p1", ProviderBehavior.BAD_REQUEST, provider_type=client, error_message="max_tokens is too large"
    )
    async with Environment(
        Scenario("bad", [bad, ProviderConfig("p2", provider_type=client)], ExpectedBehavior.ERROR)
    ) as env:
        seen = await CLIENTS[client](env, max_retries=2)
        await env.assert_expected(seen.outcome)

        assert seen.error.status_code == 400
        assert "max_tokens is too large" in str(seen.error)
        assert (env.attempts("p1"), env.attempts("p2")) == (1, 0)
        assert env.providers()["p1"]["failures"] == 0


BAD = [
    (b"{", 400, "JSON"),
    (b"[]", 400, "object"),
    (b'{"model": NaN}', 400, "NaN"),
    ({"messages": [], "max_tokens": 5}, 400, "model"),
    (
        {"model": "nobody-has-this", "max_tokens": 5, "messages": [{"role": "user", "content": "x"}]},
        404,
        "nobody-has-this",
    ),
]


async def test_what_is_no_request_is_asked_of_nobody():
    async def check(env: Environment, case: tuple) -> None:
        body, status, named = case
        answer = await bare(env, body)

        assert (answer.status, answer.json["type"]) == (status, "error")
        assert named in answer.json["error"]["message"]
        assert env.attempts("p1") == 0

    await in_turn(BAD, lambda _: one(), check)


async def test_the_model_is_the_routes():
    async with Environment(one(), "some-model") as env:
        assert env.model_name == "some-model"
        assert (await with_openai(env)).text == "Hello from p1"
        assert env.journal()[0].body["model"] == "some-model"
