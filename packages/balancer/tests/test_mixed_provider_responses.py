"""Providers of both formats in one route, and answers that are not what their status says."""

from itertools import product

import pytest

from tests.asking import CLIENTS, bare, in_turn, talk, with_anthropic
from tests.framework import Environment, ExpectedBehavior, ProviderBehavior, ProviderConfig, Scenario

pytestmark = pytest.mark.anyio
B = ProviderBehavior
VENDORS = list(CLIENTS)


async def test_the_next_one_may_speak_the_other_format():
    def scenario_of(case: tuple) -> Scenario:
        _, first, _ = case
        (second,) = {*VENDORS} - {first}
        providers = [
            ProviderConfig("p1", B.OVERLOADED, provider_type=first),
            ProviderConfig("p2", provider_type=second, response_data={"content": "from the other vendor"}),
        ]
        return Scenario("mixed", providers, ExpectedBehavior.FAILOVER)

    async def check(env: Environment, case: tuple) -> None:
        client, _, stream = case
        seen = await CLIENTS[client](env, stream=stream)
        env.assert_expected(seen.outcome)

        assert seen.text == "from the other vendor"
        assert env.verdict() == []

    await in_turn(product(VENDORS, VENDORS, [False, True]), scenario_of, check)


async def test_errors_come_in_the_clients_format():
    def scenario_of(pair: tuple[str, str]) -> Scenario:
        bad = ProviderConfig("p1", B.BAD_REQUEST, provider_type=pair[1], error_message="that is too much")
        return Scenario("error", [bad], ExpectedBehavior.ERROR)

    async def check(env: Environment, pair: tuple[str, str]) -> None:
        client = pair[0]
        answer = await bare(env, talk(env), vendor=client)

        assert answer.status == 400
        assert answer.json["error"]["message"] == "that is too much"
        assert answer.json["error"]["type"] == "invalid_request_error"
        assert ("type" in answer.json) is (client == "anthropic")
        assert ("code" in answer.json["error"]) is (client == "openai")

    await in_turn(product(VENDORS, VENDORS), scenario_of, check)


async def test_the_request_is_translated():
    async with Environment(Scenario("translated", [ProviderConfig("p1", provider_type="openai")])) as env:
        await with_anthropic(env, system="be brief", stop_sequences=["END"])
        (entry,) = env.journal()

        assert entry.path.endswith("/v1/chat/completions")
        assert entry.body["messages"][0] == {"role": "system", "content": "be brief"}
        assert entry.body["stop"] == ["END"]


UNDER_200 = [
    (B.INSUFFICIENT_CREDITS, {"body_style": "string", "error_http_code": 200}),
    (B.ERROR, {"body_style": "object", "error_http_code": 200}),
    (B.NOT_JSON, {}),
    (B.STREAM_ERROR_EVENT, {}),
    (B.EMPTY_STREAM, {}),
    (B.STREAM_TRUNCATED, {}),
    (B.TRUNCATED_BODY, {}),
]


async def test_an_error_under_a_good_status_is_an_error():
    """It counts: a second one closes the provider, however many good answers are claimed."""
    override = {"unhealthy_threshold": 2, "sticky_provider_duration": 0, "retry": {"same_provider": 0}}

    def scenario_of(case: tuple[B, dict]) -> Scenario:
        bad = ProviderConfig("p1", case[0], **case[1])
        good = ProviderConfig("p2", response_data={"content": "from p2"})
        return Scenario("200", [bad, good], ExpectedBehavior.FAILOVER, settings_override=override)

    async def check(env: Environment, _: tuple[B, dict]) -> None:
        for number in range(3):
            seen = await with_anthropic(env, messages=[{"role": "user", "content": str(number)}])
            assert seen.text == "from p2"

        assert env.attempts("p1") == 2
        assert env.providers()["p1"]["state"] == "open"

    await in_turn(UNDER_200, scenario_of, check)


SUSPICIOUS = 'They said: {"type": "error"} and "error": "insufficient credits", rate limit, overloaded.'


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("provider", VENDORS)
async def test_what_an_assistant_says_is_never_taken_for_an_error(provider, stream):
    providers = [
        ProviderConfig("p1", provider_type=provider, response_data={"content": SUSPICIOUS}),
        ProviderConfig("p2"),
    ]
    async with Environment(Scenario("words", providers, settings_override={"unhealthy_threshold": 1})) as env:
        seen = await with_anthropic(env, stream=stream)
        env.assert_expected(seen.outcome)

        assert seen.text == SUSPICIOUS
        assert env.providers()["p1"]["failures"] == 0


async def test_a_credential_that_is_refused_is_not_the_callers():
    """The balancer's own key is wrong, so the next provider is asked, and the client sees no 401."""
    providers = [ProviderConfig("p1", B.AUTH_ERROR), ProviderConfig("p2", response_data={"content": "from p2"})]
    async with Environment(Scenario("401", providers, ExpectedBehavior.FAILOVER)) as env:
        seen = await with_anthropic(env)
        env.assert_expected(seen.outcome)

        assert seen.text == "from p2"
        assert env.attempts("p1") == 1
