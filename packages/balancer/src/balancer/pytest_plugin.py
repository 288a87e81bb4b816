"""The pytest plugin: fixtures `mock_providers` and `llm_env`, and what happened in the report of a test that failed.

    def test_failover(llm_env):
        env = llm_env(Scenario("x", [ProviderConfig("a", ProviderBehavior.ERROR), ProviderConfig("b")]))
        env.assert_expected(env.anthropic().messages.create(model=env.model_name, …))

Nothing of the framework is imported until a test asks for a fixture.
"""

import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from balancer.mock.scenario import Scenario
    from balancer.testing.environment import Environment
    from balancer.testing.mock_server import MockSpace

    type MakeEnvironment = Callable[..., Environment]

EVIDENCE = "balancer.testing.evidence"


@pytest.fixture
def mock_providers() -> "Iterator[MockSpace]":
    """A namespace of this test's own on the mock server: `urls = mock_providers.set(scenario)`.

    The server is that of $MOCK_SERVER_URL, or on port 8998, or one that is started for the whole run.
    """
    from balancer.testing.mock_server import MockSpace, find_or_start

    url, token = find_or_start()
    space = MockSpace(url, uuid.uuid4().hex, token)
    try:
        yield space
    finally:
        space.clear()


@pytest.fixture
def llm_env() -> "Iterator[MakeEnvironment]":
    """Makes environments that end with the test. What it takes is what Environment takes.

    Its SDK clients are synchronous; `async with Environment(…)` gives asynchronous ones.
    """
    from balancer.testing.environment import Environment

    with ExitStack() as open_environments:

        def make(scenario: "Scenario", *arguments: Any, **options: Any) -> Environment:
            return open_environments.enter_context(Environment(scenario, *arguments, **options))

        yield make


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Adds timeline, journal and log of the test's environments to its failure."""
    report: Any = yield
    if EVIDENCE in sys.modules and (report.failed or report.when == "teardown"):
        sections = sys.modules[EVIDENCE].COLLECTED.sections()
        report.sections += sections if report.failed else []
    return report  # type: ignore[no-any-return]
