"""The test framework: an environment of mock providers and a balancer for each test."""

from balancer.mock.behaviors import ExpectedBehavior, ProviderBehavior
from balancer.mock.scenario import ProviderConfig, Scenario
from balancer.testing.config_factory import TestConfigFactory
from balancer.testing.context_manager import TestContextManager
from balancer.testing.environment import Environment
from balancer.testing.errors import EnvironmentSetupError, UnexpectedBehaviorError
from balancer.testing.gateways import Gateway, Plan, RunningGateway
from balancer.testing.mock_server import MockServerError
from balancer.testing.response_generator import MockResponseGenerator

__all__ = [
    "Environment",
    "EnvironmentSetupError",
    "ExpectedBehavior",
    "Gateway",
    "MockResponseGenerator",
    "MockServerError",
    "Plan",
    "ProviderBehavior",
    "ProviderConfig",
    "RunningGateway",
    "Scenario",
    "TestConfigFactory",
    "TestContextManager",
    "UnexpectedBehaviorError",
]
