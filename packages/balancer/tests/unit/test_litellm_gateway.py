"""The adapter for LiteLLM: its configuration, and a clear error without it."""

from pathlib import Path

import pytest

from balancer.testing.config_factory import TestConfigFactory
from balancer.testing.errors import EnvironmentSetupError
from balancer.testing.gateways import Plan
from balancer.testing.litellm_gateway import LiteLLMGateway, configuration
from tests.framework import ProviderConfig, Scenario

SCENARIO = Scenario(
    "x", [ProviderConfig("late", priority=3), ProviderConfig("first", provider_type="openai", priority=1)]
)


def plan() -> Plan:
    config = TestConfigFactory("http://mock").create_config(SCENARIO, "some-model")
    return Plan(SCENARIO, "some-model", config, Path("nowhere"))


def test_providers_are_model_groups_in_the_order_of_their_priority():
    made = configuration(plan())

    groups = [
        (one["model_name"], one["litellm_params"]["model"], one["litellm_params"]["api_base"])
        for one in made["model_list"]
    ]
    assert groups == [
        ("some-model", "openai/some-model", "http://mock/mock-provider/first/v1"),
        ("some-model-1", "anthropic/some-model", "http://mock/mock-provider/late"),
    ]
    assert made["litellm_settings"]["fallbacks"] == [{"some-model": ["some-model-1"]}]


def test_without_its_command_it_says_what_to_install(monkeypatch):
    monkeypatch.delenv("LITELLM", raising=False)
    monkeypatch.setenv("PATH", "")

    with pytest.raises(EnvironmentSetupError, match=r"pip install 'litellm\[proxy\]'"):
        LiteLLMGateway().start(plan())
