"""The balancer's configuration: one YAML file, checked as a whole, never changed once loaded."""

from balancer.proxy.config.loading import load
from balancer.proxy.config.models import Config, ProviderSettings, RouteTarget
from balancer.proxy.config.problems import ConfigError, Problem
from balancer.proxy.config.routes import Route, RouteTable, Target
from balancer.proxy.config.settings import Settings

__all__ = [
    "Config",
    "ConfigError",
    "Problem",
    "ProviderSettings",
    "Route",
    "RouteTable",
    "RouteTarget",
    "Settings",
    "Target",
    "load",
]
