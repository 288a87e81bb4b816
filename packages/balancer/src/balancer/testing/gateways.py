"""What an environment puts in front of the mock providers: our balancer, or a gateway of somebody else.

A gateway is an object with `start(plan)`, which returns an object with `url`, `stop()` and `log()`. If it also has
`providers()`, `advance(seconds)`, `reload(config)` or `requests()`, the environment's methods of these names use them.
docs/framework.md has an example.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from balancer.mock.scenario import Scenario
from balancer.testing.errors import EnvironmentSetupError


@dataclass(frozen=True, slots=True)
class Plan:
    """What a gateway is to serve. `config` is the balancer's configuration, whose providers have URLs and keys."""

    scenario: Scenario
    model: str
    config: Mapping[str, Any]
    folder: Path  # for its files; removed with the environment
    mode: str = "process"


class RunningGateway(Protocol):
    """A gateway that answers at `url`, which has no /v1."""

    @property
    def url(self) -> str: ...
    def stop(self) -> None:
        """Ends it and waits for that."""
        ...

    def log(self) -> str:
        """What it has printed, for the report of a test that failed."""
        ...


class Gateway(Protocol):
    """Starts gateways. `start` returns when its gateway answers, and leaves nothing behind if it raises."""

    def start(self, plan: Plan) -> RunningGateway: ...


def gateway_of(named: str | Gateway) -> Gateway:
    """The gateway of this name. Raises EnvironmentSetupError for an unknown one."""
    if not isinstance(named, str):
        return named
    if named not in GATEWAYS:
        raise EnvironmentSetupError(
            f"There is no gateway {named!r}. Known: {', '.join(GATEWAYS)}; or give an object with start(plan)"
        )
    return GATEWAYS[named]()


def _balancer() -> Gateway:
    from balancer.testing.balancer_gateway import BalancerGateway

    return BalancerGateway()


def _litellm() -> Gateway:
    from balancer.testing.litellm_gateway import LiteLLMGateway

    return LiteLLMGateway()


GATEWAYS: dict[str, Callable[[], Gateway]] = {"balancer": _balancer, "litellm": _litellm}
