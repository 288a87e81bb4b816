"""Which provider is asked: priority, strategies, health with its cooldown, affinity, and a new configuration."""

from collections import Counter

import pytest

from tests.asking import bare, talk, with_anthropic
from tests.framework import Environment, ExpectedBehavior, ProviderBehavior, ProviderConfig, Scenario

pytestmark = pytest.mark.anyio
B = ProviderBehavior
NO_AFFINITY = {"sticky_provider_duration": 0}
NO_RETRY = {"retry": {"same_provider": 0}}


def scenario(*behaviors: B, expected=ExpectedBehavior.SUCCESS, **settings) -> Scenario:
    """Providers p1, p2 … by priority."""
    providers = [
        ProviderConfig(f"p{place}", behavior, response_data={"content": f"from p{place}"})
        for place, behavior in enumerate(behaviors, 1)
    ]
    return Scenario("many", providers, expected, settings_override={**NO_AFFINITY, **NO_RETRY, **settings})


async def ask(env: Environment, number: int) -> str:
    """The text of an answer to a prompt that nobody asked before."""
    seen = await with_anthropic(env, messages=[{"role": "user", "content": f"question {number}"}])
    return seen.text or f"error {getattr(seen.error, 'status_code', None)}"


async def test_the_first_by_priority_answers():
    async with Environment(scenario(B.SUCCESS, B.SUCCESS)) as env:
        assert [await ask(env, number) for number in range(4)] == ["from p1"] * 4


async def test_priority_is_not_the_order_of_the_list():
    providers = [
        ProviderConfig("p1", priority=2),
        ProviderConfig("p2", priority=1, response_data={"content": "second first"}),
    ]
    async with Environment(Scenario("turned", providers)) as env:
        assert (await with_anthropic(env)).text == "second first"


@pytest.mark.parametrize(
    ("strategy", "spread"),
    [("priority", {"from p1": 12}), ("round_robin", {"from p1": 4, "from p2": 4, "from p3": 4})],
)
async def test_strategies_spread_as_they_say(strategy, spread):
    async with Environment(scenario(*[B.SUCCESS] * 3, selection_strategy=strategy)) as env:
        assert Counter([await ask(env, number) for number in range(12)]) == spread


@pytest.mark.parametrize("strategy", ["random", "weighted"])
async def test_strategies_of_chance_leave_nobody_out(strategy):
    async with Environment(scenario(*[B.SUCCESS] * 3, selection_strategy=strategy)) as env:
        asked = Counter([await ask(env, number) for number in range(40)])

        assert set(asked) == {"from p1", "from p2", "from p3"}  # one in ten million runs misses one


async def test_weights_weigh():
    heavy = ProviderConfig("p1", settings={"weight": 50}, response_data={"content": "heavy"})
    light = ProviderConfig("p2", settings={"weight": 1}, response_data={"content": "light"})
    override = {"selection_strategy": "weighted", **NO_AFFINITY}
    async with Environment(Scenario("weights", [heavy, light], settings_override=override)) as env:
        asked = Counter([await ask(env, number) for number in range(40)])

        assert asked["heavy"] > 25


async def test_a_provider_that_fails_is_left_alone_until_its_cooldown_ends():
    async with Environment(scenario(B.ERROR, B.SUCCESS, unhealthy_threshold=2, failure_cooldown=60)) as env:
        assert [await ask(env, number) for number in range(5)] == ["from p2"] * 5
        assert env.attempts("p1") == 2  # the threshold
        assert env.providers()["p1"]["state"] == "open"
        assert 0 < env.providers()["p1"]["remaining"] <= 60

        env.advance(61)
        assert await ask(env, 10) == "from p2"
        assert env.attempts("p1") == 3  # one probe
        assert [await ask(env, number) for number in range(11, 14)] == ["from p2"] * 3
        assert env.attempts("p1") == 3  # which failed
        assert env.verdict() == []


async def test_a_provider_that_is_well_again_is_asked_again():
    async with Environment(scenario(B.OVERLOADED, B.SUCCESS, unhealthy_threshold=1, failure_cooldown=30)) as env:
        assert await ask(env, 0) == "from p2"
        env.set_behavior("p1", B.SUCCESS)
        assert await ask(env, 1) == "from p2"
        env.advance(31)

        assert [await ask(env, number) for number in (2, 3)] == ["from p1"] * 2
        assert env.providers()["p1"]["state"] == "healthy"


async def test_a_cooldown_that_ends_in_failure_begins_again_and_longer():
    async with Environment(scenario(B.ERROR, B.SUCCESS, unhealthy_threshold=1, failure_cooldown=10)) as env:
        await ask(env, 0)
        env.advance(11)
        await ask(env, 1)

        assert env.providers()["p1"]["remaining"] > 15


async def test_success_resets_the_count():
    flaky = ProviderConfig("p1", script=[B.ERROR, B.SUCCESS] * 4, response_data={"content": "from p1"})
    good = ProviderConfig("p2", response_data={"content": "from p2"})
    async with Environment(Scenario("flaky", [flaky, good], settings_override={**NO_AFFINITY, **NO_RETRY})) as env:
        assert [await ask(env, number) for number in range(4)] == ["from p2", "from p1"] * 2
        assert env.providers()["p1"]["state"] == "healthy"


async def test_an_old_failure_is_forgotten():
    async with Environment(scenario(B.ERROR, B.SUCCESS, unhealthy_threshold=2, unhealthy_reset_timeout=100)) as env:
        await ask(env, 0)
        env.advance(101)
        await ask(env, 1)

        assert env.providers()["p1"]["state"] == "healthy"


@pytest.mark.parametrize("retry_after", [100, 400])
async def test_retry_after_lengthens_the_cooldown(retry_after):
    limited = ProviderConfig("p1", B.RATE_LIMIT, retry_after=retry_after)
    good = ProviderConfig("p2", response_data={"content": "from p2"})
    override = {**NO_AFFINITY, "unhealthy_threshold": 1, "failure_cooldown": 10}
    async with Environment(Scenario("limited", [limited, good], settings_override=override)) as env:
        assert await ask(env, 0) == "from p2"
        env.advance(retry_after - 5)
        assert await ask(env, 1) == "from p2"
        assert env.attempts("p1") == 1
        env.advance(6)
        await ask(env, 2)

        assert env.attempts("p1") == 2
        assert env.verdict() == []


async def test_all_closed_is_503_and_says_when_to_come_back():
    override = {"unhealthy_threshold": 1, "failure_cooldown": 40}
    async with Environment(scenario(B.ERROR, B.ERROR, expected=ExpectedBehavior.ALL_FAIL, **override)) as env:
        seen = await with_anthropic(env)
        env.assert_expected(seen.outcome)
        answer = await bare(env, talk(env, messages=[{"role": "user", "content": "again"}]))

        assert answer.status == 503
        assert 1 <= int(answer.headers["retry-after"]) <= 90
        assert answer.json["type"] == "error"
        assert "p1" not in answer.body.decode()
        assert env.verdict() == []


async def test_failing_over_only_from_the_unhealthy_is_the_older_way():
    """With `failover_on: unhealthy` the first error is the client's; the threshold's failure fails over."""
    async with Environment(scenario(B.ERROR, B.SUCCESS, failover_on="unhealthy", unhealthy_threshold=2)) as env:
        assert await ask(env, 0) == "error 500"
        assert await ask(env, 1) == "from p2"


async def test_a_client_stays_with_the_provider_that_answered_it():
    async with Environment(scenario(B.ERROR, B.SUCCESS, sticky_provider_duration=100, unhealthy_threshold=5)) as env:
        assert await ask(env, 0) == "from p2"
        env.set_behavior("p1", B.SUCCESS)
        assert await ask(env, 1) == "from p2"
        env.advance(101)
        assert await ask(env, 2) == "from p1"


async def test_affinity_is_a_wish_and_no_wall():
    async with Environment(scenario(B.SUCCESS, B.SUCCESS, sticky_provider_duration=100)) as env:
        assert await ask(env, 0) == "from p1"
        env.set_behavior("p1", B.RATE_LIMIT)
        assert await ask(env, 1) == "from p2"


async def test_a_new_configuration_keeps_what_is_known_of_health():
    async with Environment(scenario(B.ERROR, B.SUCCESS, unhealthy_threshold=1, failure_cooldown=60)) as env:
        await ask(env, 0)
        env.reload({**env.config, "settings": {**env.config["settings"], "unhealthy_threshold": 3}})

        assert env.providers()["p1"]["state"] == "open"
        assert await ask(env, 1) == "from p2"
        assert env.attempts("p1") == 1


async def test_a_configuration_that_cannot_be_leaves_the_old_one():
    async with Environment(scenario(B.SUCCESS, B.SUCCESS)) as env:
        with pytest.raises(Exception, match="422"):
            env.reload({**env.config, "settings": {"unhealthy_treshold": 3}})

        assert await ask(env, 0) == "from p1"


async def test_a_provider_can_be_taken_out_and_put_in():
    async with Environment(scenario(B.SUCCESS, B.SUCCESS)) as env:
        first, second = env.config["providers"]
        env.reload({**env.config, "providers": [{**first, "enabled": False}, second]})
        assert await ask(env, 0) == "from p2"

        env.reload({**env.config, "providers": [first, second]})
        assert await ask(env, 1) == "from p1"
