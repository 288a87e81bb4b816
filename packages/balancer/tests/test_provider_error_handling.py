"""Whatever a provider does, the next one answers, or the client is told clearly; the provider is not hammered."""

import pytest

from tests.asking import CLIENTS, bare, in_turn, talk, until
from tests.framework import Environment, ExpectedBehavior, ProviderBehavior, ProviderConfig, Scenario

pytestmark = pytest.mark.anyio
B = ProviderBehavior
SHORT = {"timeouts": {"connect": 2, "first_byte": 0.4, "first_token": 0.4, "idle": 0.4}}
ANSWERS = {B.SUCCESS, B.STREAMING_SUCCESS, B.DUPLICATE_CACHE}
CALLERS = {B.BAD_REQUEST, B.CONTENT_FILTER, B.CONTEXT_LENGTH}  # the caller's fault: nobody else is asked
SILENT = {B.TIMEOUT, B.STREAM_STALL, B.SLOW_FIRST_TOKEN}
FAILS = [one for one in B if one not in ANSWERS | CALLERS]
# What a whole answer or a stream survives as it is.
WHOLE_ALL_THE_SAME = {(B.QUOTA, False), (B.QUOTA, True), (B.STREAM_NO_DONE, False)}
# What breaks when content has come, so that only an error is left.
LATE = {(B.STREAM_NO_DONE, "anthropic"), (B.TRUNCATED_BODY, "anthropic"), (B.TRUNCATED_BODY, "openai")}


@pytest.mark.parametrize("vendor", CLIENTS)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
async def test_the_next_one_answers(stream, vendor):
    def is_good(behavior: B) -> bool:
        return (behavior, stream) in WHOLE_ALL_THE_SAME or (behavior is B.STREAM_NO_DONE and vendor == "openai")

    def scenario_of(behavior: B) -> Scenario:
        settings = SHORT if behavior in SILENT else {}
        first = ProviderConfig("p1", behavior, provider_type=vendor, fault_after_chunks=0, settings=settings)
        second = ProviderConfig("p2", provider_type=vendor, response_data={"content": "from p2"})
        expected = ExpectedBehavior.SUCCESS if is_good(behavior) else ExpectedBehavior.FAILOVER
        return Scenario(behavior, [first, second], expected)

    async def check(env: Environment, behavior: B) -> None:
        seen = await CLIENTS[vendor](env, stream=stream)
        if stream and (behavior, vendor) in LATE:
            assert seen.error is not None
            assert env.attempts("p2") == 0
            return
        env.assert_expected(seen.outcome)

        assert seen.text == ("Mock response from p1" if is_good(behavior) else "from p2")
        assert env.verdict() == []

    await in_turn(FAILS, scenario_of, check)


@pytest.mark.parametrize("vendor", CLIENTS)
async def test_the_callers_fault_is_told_and_repeated_nowhere(vendor):
    def scenario_of(behavior: B) -> Scenario:
        providers = [ProviderConfig(f"p{n}", behavior if n == 1 else B.SUCCESS, provider_type=vendor) for n in (1, 2)]
        return Scenario("caller", providers, ExpectedBehavior.ERROR)

    async def check(env: Environment, _: B) -> None:
        seen = await CLIENTS[vendor](env, max_retries=2)
        env.assert_expected(seen.outcome)

        assert seen.error.status_code == 400
        assert (env.attempts("p1"), env.attempts("p2")) == (1, 0)
        assert env.providers()["p1"]["failures"] == 0

    await in_turn(CALLERS, scenario_of, check)


ALL_FAIL = [B.ERROR, B.CONNECTION_ERROR, B.SSL_ERROR, B.AUTH_ERROR, B.INSUFFICIENT_CREDITS, B.NOT_JSON]
INSIDES = ("p-one", "p-two", "127.0.0.1", "sk-test", "Traceback", "internal detail")


@pytest.mark.parametrize("vendor", CLIENTS)
async def test_when_all_fail_the_client_gets_one_clear_error(vendor):
    """In its own format, with no name, address or key of ours."""

    def scenario_of(behavior: B) -> Scenario:
        names = ("p-one", "p-two")
        providers = [
            ProviderConfig(one, behavior, provider_type=vendor, error_message="internal detail") for one in names
        ]
        return Scenario("all fail", providers, ExpectedBehavior.ALL_FAIL)

    async def check(env: Environment, _: B) -> None:
        seen = await CLIENTS[vendor](env)
        env.assert_expected(seen.outcome)
        answer = await bare(env, talk(env, messages=[{"role": "user", "content": "again"}]), vendor=vendor)

        assert answer.status >= 500
        assert ("type" in answer.json) is (vendor == "anthropic")
        assert answer.json["error"]["message"]
        assert not [one for one in INSIDES if one in answer.body.decode()]

    await in_turn(ALL_FAIL, scenario_of, check)


async def test_the_sdks_own_retries_do_not_multiply_ours():
    """Three attempts of the SDK at a balancer whose two providers fail are at most `max_attempts` calls of providers."""
    providers = [ProviderConfig(name, B.OVERLOADED) for name in ("p1", "p2")]
    async with Environment(Scenario("storm", providers, ExpectedBehavior.ALL_FAIL)) as env:
        seen = await CLIENTS["anthropic"](env, max_retries=2)
        env.assert_expected(seen.outcome)

        assert len(env.journal()) <= 6
        assert env.verdict() == []


async def test_silence_of_everybody_ends():
    silent = ProviderConfig("p1", B.TIMEOUT, settings=SHORT)
    override = {"retry": {"deadline": 2}}
    async with Environment(Scenario("silent", [silent], ExpectedBehavior.TIMEOUT, settings_override=override)) as env:
        seen = await CLIENTS["anthropic"](env)
        env.assert_expected(seen.outcome)


async def test_a_reset_is_tried_once_more_at_the_same_provider():
    flaky = ProviderConfig("p1", script=[B.CONNECTION_ERROR, B.SUCCESS], response_data={"content": "from p1"})
    async with Environment(Scenario("flaky", [flaky, ProviderConfig("p2")])) as env:
        seen = await CLIENTS["anthropic"](env)

        assert seen.text == "from p1"
        assert (env.attempts("p1"), env.attempts("p2")) == (2, 0)


@pytest.mark.parametrize("fault", ["handshake", "untrusted", "expired", "hostname"])
async def test_no_certificate_but_a_good_one_is_taken(fault):
    bad = ProviderConfig("p1", B.SSL_ERROR, ssl_fault=fault)
    async with Environment(Scenario("tls", [bad, ProviderConfig("p2")], ExpectedBehavior.FAILOVER)) as env:
        seen = await CLIENTS["anthropic"](env)
        env.assert_expected(seen.outcome)

        assert {one.method for one in env.journal("p1")} == {"TLS"}


async def test_a_port_that_refuses():
    refusing = ProviderConfig("p1", B.CONNECTION_ERROR, connection_phase="refuse")
    async with Environment(
        Scenario("refused", [refusing, ProviderConfig("p2", response_data={"content": "from p2"})])
    ) as env:
        assert (await CLIENTS["anthropic"](env)).text == "from p2"


async def test_the_log_names_what_happened_and_no_secret():
    async with Environment(Scenario("log", [ProviderConfig("p1", B.ERROR), ProviderConfig("p2")])) as env:
        await CLIENTS["anthropic"](env, api_key="sk-test-very-secret")

        assert await until(lambda: '"provider": "p1"' in env.gateway.log())  # the line comes after the answer
        log = env.gateway.log()
        assert "sk-test" not in log
        assert "Tell me something" not in log
