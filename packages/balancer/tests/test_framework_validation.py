"""The framework itself: configurations, environments and their ends, expectations that trip, verdicts, other gateways."""

import asyncio
import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import ClassVar

import pytest
import yaml

from balancer.proxy.config import load
from balancer.testing.http_calls import call
from tests.asking import bare, each, talk, with_anthropic
from tests.framework import (
    Environment,
    EnvironmentSetupError,
    ExpectedBehavior,
    MockResponseGenerator,
    MockServerError,
    ProviderBehavior,
    ProviderConfig,
    Scenario,
    TestConfigFactory,
    TestContextManager,
    UnexpectedBehaviorError,
)

pytestmark = pytest.mark.anyio
B = ProviderBehavior
SIX = {
    "unhealthy_threshold",
    "unhealthy_reset_on_success",
    "unhealthy_reset_timeout",
    "unhealthy_http_codes",
    "unhealthy_exception_patterns",
    "unhealthy_response_body_patterns",
}


def simple(*behaviors: B, expected=ExpectedBehavior.SUCCESS, **more) -> Scenario:
    return Scenario("simple", [ProviderConfig(f"p{n}", one) for n, one in enumerate(behaviors, 1)], expected, **more)


# configurations


def test_a_configuration_has_all_that_the_guide_names():
    config = TestConfigFactory().create_config(simple(B.SUCCESS, B.ERROR, model_name="test-model"))

    assert set(config) == {"providers", "model_routes", "settings"}
    assert {*SIX, "failure_cooldown"} <= set(config["settings"])
    assert [one["name"] for one in config["providers"]] == ["p1", "p2"]
    assert config["providers"][0]["base_url"] == "http://localhost:8998/mock-provider/p1"
    assert config["model_routes"] == {
        "test-model": [
            {"provider": "p1", "model": "passthrough", "priority": 1},
            {"provider": "p2", "model": "passthrough", "priority": 2},
        ]
    }


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ({}, "http://mock:1/mock-provider/p"),
        ({"provider_type": "openai"}, "http://mock:1/mock-provider/p/v1"),
        ({"behavior": B.SSL_ERROR}, "https://mock:1/mock-provider/p"),
    ],
)
def test_addresses_are_those_that_the_vendors_clients_take(fields, url):
    config = TestConfigFactory("http://mock:1/").create_config(Scenario("x", [ProviderConfig("p", **fields)]))

    assert config["providers"][0]["base_url"] == url


def test_settings_are_merged_deeply_and_the_defaults_stay():
    override = {"failure_cooldown": 5, "deduplication": {"enabled": False}}
    settings = TestConfigFactory().create_config(simple(B.SUCCESS, settings_override=override))["settings"]
    usual = TestConfigFactory().create_config(simple(B.SUCCESS))["settings"]

    assert (settings["failure_cooldown"], settings["deduplication"]["enabled"]) == (5, False)
    assert settings["deduplication"]["mode"] == usual["deduplication"]["mode"]
    assert (usual["failure_cooldown"], usual["deduplication"]["enabled"]) == (30, True)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ({"unhealthy_treshold": 1}, r"settings.unhealthy_treshold: unknown. Did you mean unhealthy_threshold"),
        ({"retry": {"max_attempt": 1}}, r"settings.retry.max_attempt: unknown. Did you mean max_attempts"),
    ],
)
def test_an_unknown_setting_is_refused_with_the_nearest(override, message):
    with pytest.raises(ValueError, match=message):
        TestConfigFactory().create_config(simple(B.SUCCESS, settings_override=override))


def test_an_unknown_setting_of_a_provider_is_refused():
    scenario = Scenario("x", [ProviderConfig("p", settings={"timeouts": {"first_bite": 1}})])

    with pytest.raises(ValueError, match="first_byte"):
        TestConfigFactory().create_config(scenario)


@pytest.mark.parametrize(
    "name", [one for one in dir(TestConfigFactory) if one.startswith("create_") and one != "create_config"]
)
def test_ready_configurations_can_be_loaded(name, tmp_path):
    path = tmp_path / "balancer.yaml"
    path.write_text(yaml.safe_dump(getattr(TestConfigFactory(), name)("some-model")))
    path.chmod(0o600)

    assert load(path).match("some-model") is not None


# environments


@pytest.mark.parametrize("mode", ["process", "inprocess"])
async def test_an_environment_is_there_inside_its_block_and_gone_after_it(mode):
    async with Environment(simple(B.SUCCESS), mode=mode) as env:
        assert (await with_anthropic(env)).text == "Mock response from p1"
        assert TestContextManager.get_current_context() is env.scenario
        folder = env.gateway._path.parent
        pid = env.gateway.process.pid if env.gateway.process else None
        assert folder.exists()
        assert (folder / "balancer.yaml").stat().st_mode & 0o077 == 0
    _is_gone(env, pid, folder)


def _is_gone(env, pid: int | None, folder: Path) -> None:
    assert not folder.exists()
    with pytest.raises(Exception, match="not answered"):
        call("GET", f"{env.balancer_url}/health")
    with pytest.raises(MockServerError, match="no_context"):
        env.journal()
    if pid is not None:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    assert TestContextManager.get_current_context() is not env.scenario


def test_an_environment_works_without_a_loop():
    with Environment(simple(B.ERROR, B.SUCCESS, expected=ExpectedBehavior.FAILOVER)) as env:
        client = env.anthropic()
        answer = client.messages.create(**talk(env))
        env.assert_expected(answer)
        said = env.openai().chat.completions.create(**talk(env))

        assert answer.content[0].text == said.choices[0].message.content == "Mock response from p2"


async def test_an_error_in_the_block_is_the_one_that_is_raised_and_nothing_stays():
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is what is tested
        async with Environment(simple(B.SUCCESS)) as env:
            pid, folder = env.gateway.process.pid, env.gateway._path.parent
            1 / 0  # noqa: B018

    _is_gone(env, pid, folder)


async def test_a_test_that_is_cancelled_at_the_start_leaves_nothing():
    env = Environment(simple(B.SUCCESS))
    starting = asyncio.create_task(env.__aenter__())
    async with asyncio.timeout(20):
        while not hasattr(env, "_space"):  # noqa: ASYNC110 - it is set up in a thread
            await asyncio.sleep(0.001)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    with pytest.raises(MockServerError, match="no_context"):
        env.journal()
    with pytest.raises(Exception, match="not answered"):
        call("GET", f"{env.balancer_url}/health")


async def test_a_balancer_that_dies_in_the_block_hides_nothing():
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - the block is what is tested
        async with Environment(simple(B.SUCCESS)) as env:
            os.kill(env.gateway.process.pid, 9)
            1 / 0  # noqa: B018


@pytest.mark.parametrize("mode", ["process", "inprocess"])
def test_a_balancer_that_refuses_its_configuration_is_an_error_in_its_own_words(mode):
    class Wrong(TestConfigFactory):
        def create_config(self, *given, **named):
            config = super().create_config(*given, **named)
            return {**config, "settings": {**config["settings"], "unhealthy_http_codes": ["many"]}}

    with (
        pytest.raises(EnvironmentSetupError, match="unhealthy_http_codes"),
        Environment(simple(B.SUCCESS), config_factory=Wrong(), mode=mode),
    ):
        pytest.fail("it started")


def test_an_unknown_mode_or_gateway_is_refused():
    for options in ({"mode": "thread"}, {"gateway": "nobody"}):
        with pytest.raises(EnvironmentSetupError, match=r"thread|nobody"), Environment(simple(B.SUCCESS), **options):
            pytest.fail("it started")


class Other(http.server.BaseHTTPRequestHandler):
    """Another program on the mock server's port, or one of another version."""

    health: ClassVar[dict] = {}

    def do_GET(self):
        body = json.dumps(self.health).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def test_a_mock_server_that_is_dead_is_an_error():
    with (
        pytest.raises(MockServerError, match="does not answer"),
        Environment(simple(B.SUCCESS), mock_server_url="http://127.0.0.1:1"),
    ):
        pytest.fail("it started")


@pytest.mark.parametrize(
    ("health", "message"),
    [
        ({"status": "ok"}, "another program"),
        ({"service": "test-mock-provider", "protocol": 99}, "protocol 99"),
    ],
)
def test_another_program_is_no_mock_server(health, message):
    handler = type("Handler", (Other,), {"health": health})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}"
            with pytest.raises(MockServerError, match=message), Environment(simple(B.SUCCESS), mock_server_url=url):
                pytest.fail("it started")
        finally:
            server.shutdown()
            thread.join()


async def test_environments_at_the_same_time_do_not_mix():
    async def check(number: int) -> None:
        provider = ProviderConfig("p1", response_data={"content": f"answer {number}"})
        async with Environment(Scenario(f"s{number}", [provider], model_name="one-model")) as env:
            for _ in range(number):
                assert (await with_anthropic(env)).text == f"answer {number}"
            assert env.attempts("p1") == number

    await each(range(6), check)


async def test_a_test_changes_what_a_provider_does():
    async with Environment(simple(B.SUCCESS, B.SUCCESS, settings_override={"sticky_provider_duration": 0})) as env:
        assert (await with_anthropic(env)).text == "Mock response from p1"
        env.set_behavior("p1", B.RATE_LIMIT, retry_after=50)
        assert (await with_anthropic(env)).text == "Mock response from p2"
        env.set_behavior("p1", "ssl_error")
        env.advance(100)
        env.reload()
        assert (await with_anthropic(env)).text == "Mock response from p2"

        assert [one.behavior for one in env.journal("p1")][:2] == ["success", "rate_limit"]
        assert env.journal("p1")[-1].method == "TLS"
        for use in (env.attempts, env.provider, lambda name: env.set_behavior(name, "error")):
            with pytest.raises(ValueError, match="It has: p1, p2"):
                use("p3")


async def test_a_changed_scenario_begins_anew():
    failing = simple(B.OVERLOADED, B.SUCCESS, settings_override={"unhealthy_threshold": 1})
    async with Environment(failing) as env:
        assert (await with_anthropic(env)).text == "Mock response from p2"
        before = env.model_name

        env.change_scenario(simple(B.SUCCESS, B.SUCCESS))

        assert (env.journal(), env.providers()["p1"]["state"]) == ([], "healthy")
        assert TestContextManager.get_current_context() is env.scenario
        seen = await with_anthropic(env)
        env.assert_expected(seen.outcome)
        assert seen.text == "Mock response from p1"  # and not that of the provider which answered before
        assert env.model_name != before
        assert env.verdict() == []


# expectations and verdicts trip

BROKEN = [
    ((B.ERROR, B.SUCCESS), ExpectedBehavior.SUCCESS, "p1 failed first"),
    ((B.SUCCESS, B.SUCCESS), ExpectedBehavior.FAILOVER, "no provider failed"),
    ((B.ERROR, B.ERROR), ExpectedBehavior.FAILOVER, "the client got"),
    ((B.SUCCESS, B.SUCCESS), ExpectedBehavior.ERROR, "the client got"),
    ((B.ERROR, B.SUCCESS), ExpectedBehavior.ALL_FAIL, "the client got"),
    ((B.BAD_REQUEST, B.SUCCESS), ExpectedBehavior.ALL_FAIL, "p2 was not asked"),
    ((B.ERROR, B.ERROR), ExpectedBehavior.TIMEOUT, "no provider was silent"),
    ((B.SUCCESS, B.SUCCESS), ExpectedBehavior.TIMEOUT, "the client got"),
]


async def test_an_expectation_that_is_not_met_is_an_error_with_the_timeline():
    async def check(case) -> None:
        behaviors, expected, message = case
        async with Environment(simple(*behaviors, expected=expected), mode="inprocess") as env:
            seen = await with_anthropic(env)
            with pytest.raises(UnexpectedBehaviorError, match=message) as caught:
                env.assert_expected(seen.outcome)
            assert "p1 #1" in str(caught.value)

    await each(BROKEN, check)


async def test_an_answer_of_nobody_is_none():
    async with Environment(simple(B.SUCCESS), mode="inprocess") as env:
        with pytest.raises(UnexpectedBehaviorError, match="an answer of nobody"):
            await env.assert_expected(object())


async def test_an_expectation_is_about_what_came_since_the_last_one():
    async with Environment(simple(B.SUCCESS, B.SUCCESS), mode="inprocess") as env:
        env.assert_expected((await with_anthropic(env)).outcome)
        env.set_behavior("p1", B.ERROR)
        await with_anthropic(env, messages=[{"role": "user", "content": "two"}])
        with pytest.raises(UnexpectedBehaviorError, match="p1 failed first"):
            env.assert_expected(object())


async def test_the_verdict_trips_on_a_client_that_hammers():
    """Straight to the provider, past the balancer, as a bad balancer would."""
    async with Environment(simple(B.RATE_LIMIT, B.SUCCESS), mode="inprocess") as env:
        for _ in range(8):
            with pytest.raises(Exception, match="429"):
                call("POST", f"{env.mock_url}/mock-provider/p1/v1/messages", talk(env))

        assert {one.kind for one in env.verdict()} >= {"hammering", "retry_after_ignored", "retry_storm"}


async def test_the_verdict_trips_on_a_broken_answer_that_counts_as_good(monkeypatch):
    async with Environment(simple(B.STREAM_CUT), mode="inprocess") as env:
        await bare(env, talk(env, stream=True))
        assert not [one for one in env.verdict() if one.kind == "truncated_success"]

        requests = env.gateway.requests()
        requests[0]["attempts"][-1]["outcome"] = "ok"
        monkeypatch.setattr(env.gateway, "requests", lambda: requests)
        assert [one.kind for one in env.verdict()] == ["truncated_success"]


# other gateways, and the rest


class TinyGateway:
    """Passes each request on to the first provider, whatever comes: the smallest gateway there is."""

    def start(self, plan):
        provider = plan.config["providers"][0]["base_url"]

        class Handler(Other):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                try:
                    answer, status = json.dumps(call("POST", provider + self.path, json.loads(body))).encode(), 200
                except Exception as error:  # noqa: BLE001 - whatever it is, it is the client's
                    answer, status = json.dumps({"error": str(error)[:50]}).encode(), 500
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return TinyRunning(server)


class TinyRunning:
    def __init__(self, server):
        self._server = server
        self.url = f"http://127.0.0.1:{server.server_port}"
        self.stopped = False

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self.stopped = True

    def log(self):
        return "a tiny log"


async def test_any_gateway_can_be_tested():
    async with Environment(simple(B.SUCCESS), gateway=TinyGateway()) as env:
        seen = await with_anthropic(env)
        env.assert_expected(seen.outcome)

        assert env.verdict() == []
        with pytest.raises(NotImplementedError, match="TinyRunning has no advance"):
            env.advance(5)
    assert env.gateway.stopped


async def test_a_gateway_that_does_not_fail_over_is_found_out():
    async with Environment(
        simple(B.ERROR, B.SUCCESS, expected=ExpectedBehavior.FAILOVER), gateway=TinyGateway()
    ) as env:
        seen = await with_anthropic(env)
        with pytest.raises(UnexpectedBehaviorError, match="status 500"):
            env.assert_expected(seen.outcome)
        titles = dict(env.evidence())

        assert titles["gateway log of simple"] == "a tiny log"


async def test_the_generator_answers_without_a_server():
    request = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
    reply = await MockResponseGenerator.generate("rate_limit", request, ProviderConfig("p", retry_after=3))
    stream = await MockResponseGenerator.generate(B.SUCCESS, {**request, "stream": True}, ProviderConfig("p"))

    assert (reply.status, dict(reply.headers)["retry-after"]) == (429, "3")
    assert b"".join([piece async for piece in stream.pieces]).endswith(b'{"type":"message_stop"}\n\n')


FAILING = """
from tests.framework import Environment, ProviderBehavior, ProviderConfig, Scenario

def test_fixture(llm_env):
    env = llm_env(Scenario("of the fixture", [ProviderConfig("p1")]), mode="inprocess")
    env.anthropic().messages.create(model=env.model_name, max_tokens=5, messages=[{"role": "user", "content": "hi"}])
    assert False

def test_block():
    with Environment(Scenario("of the block", [ProviderConfig("p2")]), mode="inprocess") as env:
        env.anthropic().messages.create(model=env.model_name, max_tokens=5, messages=[{"role": "user", "content": "hi"}])
        assert False

def test_providers(mock_providers):
    urls = mock_providers.set(Scenario("x", [ProviderConfig("p3", ProviderBehavior.ERROR)]))
    assert mock_providers.name in urls["p3"]
    assert mock_providers.journal() == []

def test_good(llm_env):
    llm_env(Scenario("good", [ProviderConfig("p4")]), mode="inprocess")
"""


def test_a_failed_tests_report_tells_what_happened(tmp_path):
    (tmp_path / "test_failing.py").write_text(FAILING)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent.parent, check=False)

    assert "2 failed, 2 passed" in done.stdout, done.stdout + done.stderr
    for section in (
        "attempts of of the fixture",
        "journal of of the block",
        "p1 #1  success  200",
        "p2 #1  success  200",
    ):
        assert section in done.stdout
    assert "p4" not in done.stdout


async def test_nothing_is_left_when_the_tests_are_killed(tmp_path):
    code = (
        "import sys, time; from tests.framework import *\n"
        "env = Environment(Scenario('x', [ProviderConfig('p1')])).__enter__()\n"
        "print(env.gateway.process.pid, flush=True); time.sleep(60)"
    )
    tests = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parent.parent
    )
    pid = int(await tests.stdout.readline())
    tests.kill()
    await tests.wait()

    async with asyncio.timeout(10):
        while _is_alive(pid):  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.02)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
