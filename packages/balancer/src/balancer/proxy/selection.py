"""In which order the targets of a route are asked. One strategy for each value of `selection_strategy`."""

import math
import random
import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from balancer.proxy.config.routes import Route, Target

HALF_LIFE = 60.0  # seconds after which a measured latency counts half: a provider that was slow once is tried again
SMOOTHING = 0.3  # weight of the newest latency

type Strategy = Callable[["Selector", Route, list[Target]], list[Target]]


class Selector:
    """Remembers whose turn it is. It keeps names only, so a reload changes nothing for providers that stay.

    Except in `priority`, the order of the file and of priorities only decides between equals.
    """

    def __init__(
        self, strategy: str = "priority", rng: random.Random | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.strategy = strategy
        self._rng = rng or random.Random()  # noqa: S311 - shares load, guards nothing
        self._clock = clock
        self._turns: dict[str, dict[str, int]] = defaultdict(dict)
        self._latencies: dict[str, tuple[float, float]] = {}

    def ordered(self, route: Route, usable: Callable[[str], bool], preferred: Sequence[str] = ()) -> list[Target]:
        """The usable targets, the one to ask first in front: its turn in round robin is taken with that.

        `preferred` go before all others; who is not usable is left out.
        """
        targets = [one for one in route.targets if usable(one.provider)]
        first = [one for name in preferred for one in targets if one.provider == name]
        rest = [one for one in targets if one not in first]
        order = first + STRATEGIES[self.strategy](self, route, rest)
        if order:
            turns = self._turns[route.pattern]
            turns[order[0].provider] = max(turns.values(), default=0) + 1
        return order

    def observe(self, provider: str, seconds: float) -> None:
        """How long the provider took to its first content."""
        known, _ = self._latencies.get(provider, (seconds, 0.0))
        self._latencies[provider] = (known + SMOOTHING * (seconds - known), self._clock())

    def latency(self, provider: str) -> float | None:
        """Seconds, smoothed, and less the longer nothing was measured; None if nothing was."""
        if provider not in self._latencies:
            return None
        seconds, at = self._latencies[provider]
        return seconds * math.pow(0.5, (self._clock() - at) / HALF_LIFE)

    def by_priority(self, route: Route, targets: list[Target]) -> list[Target]:
        return sorted(targets, key=lambda one: one.priority)

    def by_turn(self, route: Route, targets: list[Target]) -> list[Target]:
        turns = self._turns[route.pattern]
        return sorted(targets, key=lambda one: turns.get(one.provider, 0))

    def shuffled(self, route: Route, targets: list[Target]) -> list[Target]:
        return self._rng.sample(targets, len(targets))

    def by_weight(self, route: Route, targets: list[Target]) -> list[Target]:
        """Efraimidis and Spirakis 2006: sorted by u^(1/w), each place goes to one of the rest in proportion to its weight."""
        drawn = {
            one: math.log(self._rng.random() or 1e-300) / one.weight if one.weight else -math.inf for one in targets
        }
        return sorted(targets, key=lambda one: drawn[one], reverse=True)

    def by_latency(self, route: Route, targets: list[Target]) -> list[Target]:
        return sorted(targets, key=lambda one: self.latency(one.provider) or 0.0)


STRATEGIES: dict[str, Strategy] = {
    "priority": Selector.by_priority,
    "round_robin": Selector.by_turn,
    "random": Selector.shuffled,
    "weighted": Selector.by_weight,
    "least_latency": Selector.by_latency,
}
