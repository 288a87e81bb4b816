"""The framework under the name that tests use: `from tests.framework import Scenario, Environment`."""

from balancer.testing import (
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

__all__ = [
    "Environment",
    "EnvironmentSetupError",
    "ExpectedBehavior",
    "MockResponseGenerator",
    "MockServerError",
    "ProviderBehavior",
    "ProviderConfig",
    "Scenario",
    "TestConfigFactory",
    "TestContextManager",
    "UnexpectedBehaviorError",
]
