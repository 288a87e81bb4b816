"""Makes the balancer's configuration of a scenario."""

import uuid
from collections.abc import Mapping
from typing import Any

from mdt.suggest import did_you_mean
from pydantic import BaseModel

from balancer.mock.behaviors import ExpectedBehavior, ProviderBehavior
from balancer.mock.listeners import origin_of
from balancer.mock.scenario import ProviderConfig, Scenario
from balancer.proxy.config import ProviderSettings, Settings
from balancer.proxy.config.settings import ERROR_BODIES, NETWORK_WORDS, UNHEALTHY_CODES

MOCK_SERVER = "http://localhost:8998"
KEY = "sk-test-key"
TIMEOUTS = {"connect": 2, "first_byte": 5, "first_token": 5, "idle": 5, "total": 30}
SETTINGS: dict[str, Any] = {
    "selection_strategy": "priority",
    "sticky_provider_duration": 30,
    "failure_cooldown": 30,
    "unhealthy_threshold": 2,
    "unhealthy_reset_on_success": True,
    "unhealthy_reset_timeout": 60,
    "unhealthy_http_codes": sorted(UNHEALTHY_CODES),
    "unhealthy_exception_patterns": [*NETWORK_WORDS],
    "unhealthy_response_body_patterns": [*ERROR_BODIES],
    "deduplication": {"enabled": True, "mode": "all", "include_max_tokens_in_signature": False},
}


class TestConfigFactory:
    """`create_config(scenario)` gives a configuration with providers, model_routes and settings.

    `mock_server_base` is the URL of the mock server, with a namespace's prefix if there is one.
    """

    __test__ = False  # no test case, in spite of its name

    def __init__(self, mock_server_base: str = MOCK_SERVER) -> None:
        self.mock_server_base = mock_server_base.rstrip("/")

    def create_config(
        self, scenario: Scenario, model_name: str | None = None, *, urls: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Raises ValueError for a setting that the balancer does not know, with the nearest one that it does.

        `urls` are the providers' base URLs as the mock server gives them; without them they follow from its own.
        """
        model = scenario.model_name or model_name or f"test-{uuid.uuid4().hex[:8]}"
        known = urls or {}
        return {
            "providers": [self._provider(one, known.get(one.name)) for one in scenario.providers],
            "model_routes": {
                model: [
                    {"provider": one.name, "model": "passthrough", "priority": one.priority}
                    for one in scenario.providers
                ]
            },
            "settings": self._settings(scenario),
        }

    def _settings(self, scenario: Scenario) -> dict[str, Any]:
        override = dict(scenario.settings_override or {})
        refuse_unknown(override, Settings, "settings")
        return merged(SETTINGS, override)

    def _provider(self, one: ProviderConfig, url: str | None) -> dict[str, Any]:
        refuse_unknown(one.settings, ProviderSettings, f"providers.{one.name}")
        base = url or f"{origin_of(one, self.mock_server_base)}/mock-provider/{one.name}"
        usual = {
            "name": one.name,
            "type": one.provider_type,
            "base_url": base if one.provider_type == "anthropic" else f"{base}/v1",
            "auth_type": "api_key",
            "auth_value": KEY,
            "enabled": True,
            "priority": one.priority,
            "timeouts": TIMEOUTS,
        }
        return merged(usual, one.settings)

    def create_simple_success_config(self, model_name: str | None = None) -> dict[str, Any]:
        return self.create_config(Scenario("simple_success", [ProviderConfig("success_provider")]), model_name)

    def create_failover_config(self, model_name: str | None = None) -> dict[str, Any]:
        providers = [ProviderConfig("primary_fail", ProviderBehavior.ERROR), ProviderConfig("secondary_success")]
        return self.create_config(Scenario("failover_test", providers, ExpectedBehavior.FAILOVER), model_name)

    def create_duplicate_test_config(self, model_name: str | None = None) -> dict[str, Any]:
        cached = ProviderConfig("duplicate_provider", ProviderBehavior.DUPLICATE_CACHE)
        return self.create_config(Scenario("duplicate_test", [cached]), model_name)

    def create_all_providers_fail_config(self, model_name: str | None = None) -> dict[str, Any]:
        providers = [ProviderConfig(name, ProviderBehavior.ERROR) for name in ("fail1", "fail2")]
        return self.create_config(Scenario("all_fail", providers, ExpectedBehavior.ALL_FAIL), model_name)

    def create_timeout_test_config(self, model_name: str | None = None) -> dict[str, Any]:
        silent = ProviderConfig("timeout_provider", ProviderBehavior.TIMEOUT)
        return self.create_config(Scenario("timeout_test", [silent], ExpectedBehavior.TIMEOUT), model_name)


def merged(base: Mapping[str, Any], override: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the values of `override`, mapping by mapping; neither is changed."""
    result = dict(base)
    for key, value in override.items():
        before = result.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        result[key] = merged(before, value) if both else value  # type: ignore[arg-type]
    return result


def refuse_unknown(given: Mapping[str, Any], model: type[BaseModel], where: str) -> None:
    """Raises ValueError for the first key that the model does not have, at any depth."""
    for key, value in given.items():
        known = model.model_fields.get(key)
        if known is None:
            raise ValueError(f"{where}.{key}: unknown. {did_you_mean(key, model.model_fields)}".strip())
        inner = known.annotation
        if isinstance(value, Mapping) and isinstance(inner, type) and issubclass(inner, BaseModel):
            refuse_unknown(value, inner, f"{where}.{key}")
