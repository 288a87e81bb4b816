"""A test environment: mock providers as the scenario says, and a gateway in front of them."""

import shutil
import tempfile
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from balancer.mock.behaviors import ProviderBehavior
from balancer.mock.journal import Entry
from balancer.mock.scenario import ProviderConfig, Scenario
from balancer.mock.verdict import Finding
from balancer.testing import evidence, expectations
from balancer.testing.clients import Clients
from balancer.testing.config_factory import TestConfigFactory
from balancer.testing.context_manager import TestContextManager
from balancer.testing.errors import UnexpectedBehaviorError
from balancer.testing.gateways import Gateway, Plan, RunningGateway, gateway_of
from balancer.testing.judging import judge
from balancer.testing.lifecycle import Lifecycle
from balancer.testing.mock_server import MockSpace, find_or_start


class Environment(Lifecycle):
    """`async with Environment(scenario) as env`, or `with`: everything is there inside the block, and nothing is left after it.

    `mode`: "process" runs the balancer as a process of its own, "inprocess" in a thread of this one. `gateway` is a name
    or an object that starts another gateway. `mock_server_url`: without it $MOCK_SERVER_URL counts, then a server on
    port 8998, then one is started. Raises EnvironmentSetupError if a part cannot be had.
    """

    def __init__(
        self,
        scenario: Scenario,
        model_name: str | None = None,
        *,
        config_factory: TestConfigFactory | None = None,
        mock_server_url: str | None = None,
        mode: str = "process",
        gateway: str | Gateway = "balancer",
        namespace: str | None = None,
    ) -> None:
        super().__init__(scenario)
        self.namespace = namespace or uuid.uuid4().hex
        self._wanted_model = model_name
        self._factory = config_factory
        self._mock_server_url = mock_server_url
        self._mode = mode
        self._gateway = gateway
        self._seen = 0
        self._earlier: frozenset[str] = frozenset()

    @property
    def _steps(self) -> tuple[Callable[[], None], ...]:
        return self._open_mock, self._make_config, self._start_gateway

    def _open_mock(self) -> None:
        url, token = find_or_start(self._mock_server_url)
        self._space = MockSpace(url, self.namespace, token)
        self._urls = self._space.set(self.scenario)
        self._cleanups.append(self._space.clear)

    def _make_config(self) -> None:
        self.config = self._configuration(self._wanted_model)
        self.model_name: str = next(iter(self.config["model_routes"]))

    def _configuration(self, model_name: str | None) -> dict[str, Any]:
        factory = self._factory or TestConfigFactory(self._space.url)
        return factory.create_config(self.scenario, model_name, urls=self._urls)

    def _start_gateway(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="balancer-test-"))
        self._cleanups.append(lambda: shutil.rmtree(folder))
        plan = Plan(self.scenario, self.model_name, self.config, folder, self._mode)
        self.gateway: RunningGateway = gateway_of(self._gateway).start(plan)
        self._cleanups.append(self.gateway.stop)
        self._clients = Clients(self.gateway.url, asynchronous=self._asynchronous)
        self._cleanups.append(self._clients.close)

    @property
    def _made_clients(self) -> Clients:
        if self._clients is None:
            raise RuntimeError("The environment is not open: use it in `with` or `async with`")
        return self._clients

    # where everything is

    @property
    def balancer_url(self) -> str:
        return self.gateway.url

    @property
    def mock_url(self) -> str:
        """The mock server's URL of this environment's namespace."""
        return self._space.url

    @property
    def effective_model_name(self) -> str:
        """The guide's name of `model_name`."""
        return self.model_name

    def anthropic(self, **options: Any) -> Any:
        """A client of the Anthropic SDK at the gateway: asynchronous in `async with`, unless `asynchronous=False`."""
        return self._made_clients.anthropic(**options)

    def openai(self, **options: Any) -> Any:
        """A client of the OpenAI SDK at the gateway: asynchronous in `async with`, unless `asynchronous=False`."""
        return self._made_clients.openai(**options)

    # what happened

    def journal(self, provider: str | None = None) -> list[Entry]:
        """The requests that the mock providers got, oldest first."""
        return self._space.journal(provider)

    def attempts(self, provider: str) -> int:
        """How often this provider was asked."""
        self.provider(provider)
        return len(self.journal(provider))

    def providers(self) -> dict[str, dict[str, Any]]:
        """The balancer's view of each provider's health, by name."""
        found: dict[str, dict[str, Any]] = self._ask_gateway("providers")()
        return found

    def verdict(self) -> list[Finding]:
        """What the gateway did wrong; empty if it behaved."""
        return judge(self._space, self.config, self.gateway, self._earlier)

    def assert_expected(self, response: Any) -> expectations.Checked:
        """Checks the scenario's expected behaviour for everything since the last check.

        `response` is what the client got: an SDK's or HTTP client's answer, or the exception. May be awaited, and need
        not be. Raises UnexpectedBehaviorError with the timeline.
        """
        entries = [one for one in self.journal() if one.number > self._seen]
        self._seen = max((one.number for one in entries), default=self._seen)
        names = [one.name for one in self.scenario.providers if one.connection_phase != "refuse"]
        found = expectations.problem(self.scenario.expected_behavior, response, entries, names)
        if found is not None:
            raise UnexpectedBehaviorError(
                f"Expected {self.scenario.expected_behavior.value}, but {found}.\n{evidence.timeline(entries)}"
            )
        return expectations.Checked()

    def evidence(self) -> list[tuple[str, str]]:
        """Titles and texts for the report of a failed test."""
        return evidence.sections_of(self.scenario.name, self.journal, self.gateway.log)

    # what a test changes

    def set_behavior(self, provider: str, behavior: ProviderBehavior | str, **fields: Any) -> None:
        """Changes a provider from its next request on. `fields` are those of ProviderConfig.

        A provider that fails TLS or refuses connections has another address, so `reload()` is needed after that.
        """
        self.provider(provider)
        self._urls = self._space.change(provider, behavior, **fields)

    def advance(self, seconds: float) -> None:
        """Moves the clocks of the balancer and of the mock providers on: cooldowns end, nobody sleeps."""
        self._ask_gateway("advance")(seconds)
        self._space.advance(seconds)

    def change_scenario(self, scenario: Scenario) -> None:
        """Plays another scenario from now on: for the cases of a table, which share an environment in this way.

        Journal and health begin anew, and so does everything that goes by the model: it has another name, unless the
        scenario gives one. No request may be under way.
        """
        reload, reset, requests = map(self._ask_gateway, ("reload", "reset", "requests"))
        self._earlier = frozenset(one["request_id"] for one in requests())
        TestContextManager.leave(self.scenario)
        self.scenario, self._seen = scenario, 0
        TestContextManager.enter(scenario)
        self._urls = self._space.set(scenario)
        self.config = self._configuration(None)
        self.model_name = next(iter(self.config["model_routes"]))
        reload(self.config)
        reset()

    def reload(self, config: Mapping[str, Any] | None = None) -> None:
        """Has the balancer take this configuration over; without one, the scenario's with the addresses of now."""
        if config is None:
            config = self._configuration(self.model_name)
        self._ask_gateway("reload")(config)
        self.config = dict(config)

    def provider(self, name: str) -> ProviderConfig:
        found = self.scenario.provider(name)
        if found is None:
            known = ", ".join(one.name for one in self.scenario.providers)
            raise ValueError(f"The scenario has no provider {name!r}. It has: {known}")
        return found

    def _ask_gateway(self, ability: str) -> Callable[..., Any]:
        able = getattr(self.gateway, ability, None)
        if able is None:
            raise NotImplementedError(f"The gateway {type(self.gateway).__name__} has no {ability}()")
        return able  # type: ignore[no-any-return]
