"""What one process shares between requests, and how a new configuration replaces the old one."""

import time
from collections.abc import Callable

from balancer.proxy.affinity import Affinity
from balancer.proxy.config import Config
from balancer.proxy.deduplication import Deduplication
from balancer.proxy.health import Health
from balancer.proxy.hedging import Latencies
from balancer.proxy.record import Observer, RequestRecord
from balancer.proxy.retry_budget import RetryBudget
from balancer.proxy.selection import Selector
from balancer.proxy.upstream import Upstream


class Runtime:
    """Configuration, health, selection and client of one process. `clock` gives monotonic seconds.

    `observers` hear of every request when it is over. A request under way keeps the Runtime's parts that it started
    with only as far as `config` goes: health outlives a reload.
    """

    def __init__(self, config: Config, clock: Callable[[], float] = time.monotonic) -> None:
        self.config = config
        self.clock = clock
        self.health = Health(config.settings, config.providers, clock)
        self.selector = Selector(config.settings.selection_strategy, clock=clock)
        self.upstream = Upstream()
        self.affinity = Affinity(config.settings, clock)
        self.deduplication = Deduplication()
        self.latencies = Latencies()
        self.budget = RetryBudget(config.settings, clock)
        self.observers: list[Observer] = []
        self.inflight = 0

    def reload(self, config: Config) -> None:
        """Take the new configuration over; providers that stay the same keep their health."""
        self.config = config
        self.health.configure(config.settings, config.providers)
        self.selector.strategy = config.settings.selection_strategy
        self.affinity.settings = self.budget.settings = config.settings

    def observe(self, record: RequestRecord) -> None:
        for observer in self.observers:
            observer(record)
