"""Providers and routes as the file states them, and the configuration as a whole."""

import hashlib
import json
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from balancer.proxy.config.routes import Route, RouteTable, Target
from balancer.proxy.config.settings import Count, Model, Settings, Timeout
from balancer.wire.formats import Format

PASSTHROUGH = "passthrough"
type Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Timeouts(Model):
    """Seconds: to connect, to the headers, to the first content, between two pieces, and for all of one attempt."""

    connect: Timeout = 5
    first_byte: Timeout = 30
    first_token: Timeout = 30
    idle: Timeout = 30
    total: Timeout = 600


class ProviderSettings(Model):
    """A provider. `max_concurrency` 0 means no limit; `base_url` of an openai provider ends where `/chat/completions` begins."""

    name: Name
    type: Format
    base_url: str
    auth_type: Literal["api_key", "auth_token", "passthrough", "none"] = "api_key"
    auth_value: SecretStr | None = None
    priority: Count = 1
    weight: Count = 1
    enabled: bool = True
    max_concurrency: Count = 0
    streaming_mode: Literal["direct", "background", "auto"] = "direct"
    timeouts: Timeouts = Timeouts()
    verify_tls: bool = True

    @cached_property
    def identity(self) -> str:
        """The same as long as name, address and credential are: what is known of its health then stays true."""
        secret = self.auth_value.get_secret_value() if self.auth_value else ""
        told = json.dumps([self.name, self.base_url, self.auth_type, secret])
        return hashlib.sha256(told.encode()).hexdigest()[:16]


class RouteTarget(Model):
    """One provider for a route. `model: passthrough` keeps the caller's; priority and weight are the provider's if left out."""

    provider: str
    model: Annotated[str, Field(min_length=1)] = PASSTHROUGH
    priority: Count | None = None
    weight: Count | None = None
    enabled: bool = True


class Config(Model):
    """A whole configuration. Reloading makes a new one; requests under way keep theirs."""

    providers: tuple[ProviderSettings, ...]
    model_routes: dict[str, tuple[RouteTarget, ...]]
    settings: Settings = Settings()

    @cached_property
    def by_name(self) -> dict[str, ProviderSettings]:
        return {one.name: one for one in self.providers}

    @cached_property
    def routes(self) -> RouteTable:
        return RouteTable(Route(pattern, self._targets(targets)) for pattern, targets in self.model_routes.items())

    def match(self, model: str) -> Route | None:
        """The route for the model that a caller asks for."""
        return self.routes.match(model)

    def _targets(self, targets: tuple[RouteTarget, ...]) -> tuple[Target, ...]:
        """Only what is enabled, in the route and at the provider."""
        return tuple(self._target(one) for one in targets if one.enabled and self.by_name[one.provider].enabled)

    def _target(self, target: RouteTarget) -> Target:
        provider = self.by_name[target.provider]
        return Target(
            provider=target.provider,
            model=target.model,
            priority=provider.priority if target.priority is None else target.priority,
            weight=provider.weight if target.weight is None else target.weight,
        )
