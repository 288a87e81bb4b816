"""Counts requests as they end, and shows them as Prometheus reads them.

Counting is a few dictionary entries; prometheus_client writes the text when somebody asks. Labels hold paths, provider
names and categories of ours, never what a caller sent, so the number of series has a bound.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from balancer.proxy.circuit import State
from balancer.proxy.record import RequestRecord
from balancer.proxy.runtime import Runtime

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
SMALL_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)
TOKENS = ("input", "output", "cached", "cache_write", "reasoning")

type Labels = tuple[str, ...]


@dataclass(slots=True)
class Distribution:
    """A histogram: how many observations fell up to each bound, and their sum."""

    bounds: Sequence[float]
    counts: list[int] = field(default_factory=list)
    total: float = 0.0

    def add(self, value: float) -> None:
        self.counts = self.counts or [0] * (len(self.bounds) + 1)
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        names = [*(str(float(one)) for one in self.bounds), "+Inf"]
        return list(zip(names, map(float, accumulate(self.counts)), strict=True))


class Metrics:
    """An observer of requests. `text` is the answer of /metrics."""

    def __init__(self) -> None:
        self.requests: Counter[Labels] = Counter()
        self.attempts: Counter[Labels] = Counter()
        self.failovers: Counter[Labels] = Counter()
        self.tokens: Counter[Labels] = Counter()
        self.transitions: Counter[Labels] = Counter()
        self.reloads: Counter[Labels] = Counter()
        self.joined = 0
        self.continued = 0
        self.hedged = 0
        self.duration: dict[Labels, Distribution] = {}
        self.ttft: dict[Labels, Distribution] = {}
        self.overhead: dict[Labels, Distribution] = {}

    def observe(self, record: RequestRecord) -> None:
        """A request is over."""
        path = (record.path,)
        self.requests[record.path, str(record.status), record.outcome] += 1
        self.joined += record.joined
        self.continued += record.continued
        self.hedged += record.hedged
        _add(self.duration, path, SECONDS, record.seconds)
        if record.attempts:
            _add(self.overhead, path, SMALL_SECONDS, max(0.0, record.seconds - record.upstream_seconds))
            self._observe_attempts(record)
        if record.provider:
            self._observe_tokens(record)

    def _observe_attempts(self, record: RequestRecord) -> None:
        for one in record.attempts:
            self.attempts[one.provider, one.outcome] += 1
            if one.ttft is not None:
                _add(self.ttft, (one.provider,), SECONDS, one.ttft)
        for before, after in pairwise(record.attempts):
            if before.provider != after.provider:
                self.failovers[before.provider, after.provider, before.outcome] += 1

    def _observe_tokens(self, record: RequestRecord) -> None:
        for kind in TOKENS:
            if count := getattr(record.usage, f"{kind}_tokens"):
                self.tokens[record.provider, kind] += count

    def text(self, runtime: Runtime, *, shared: bool | None) -> bytes:
        """All series in Prometheus' text format. `shared`: whether Redis is reachable, None without Redis."""
        from prometheus_client import (
            CollectorRegistry,
            generate_latest,
        )  # a tenth of a second that the start does not pay

        registry = CollectorRegistry()
        registry.register(_Scrape([*self._counted(), *_current(runtime, shared)]))
        return generate_latest(registry)

    def _counted(self) -> Iterator["Metric"]:
        yield _counter("requests", "Requests of callers.", ("path", "status", "outcome"), self.requests)
        yield _counter("attempts", "Calls of providers.", ("provider", "outcome"), self.attempts)
        yield _counter(
            "failovers", "Requests that went from one provider to the next.", ("from", "to", "reason"), self.failovers
        )
        yield _counter(
            "tokens", "Tokens of answers; cached and cache_write are parts of input.", ("provider", "kind"), self.tokens
        )
        yield _counter("transitions", "Changes of a provider's state.", ("provider", "state"), self.transitions)
        yield _counter("config_reloads", "Reloads of the configuration.", ("result",), self.reloads)
        yield _counter("dedup_joins", "Requests that joined an equal one.", (), {(): self.joined})
        yield _counter("hedged_requests", "Requests for which a second provider was asked too.", (), {(): self.hedged})
        yield _counter("continued_streams", "Streams that another provider continued.", (), {(): self.continued})
        yield _histogram("duration_seconds", "A request, from its first byte to its last.", "path", self.duration)
        yield _histogram("ttft_seconds", "A provider's time to its first content.", "provider", self.ttft)
        yield _histogram("overhead_seconds", "What the balancer added to the providers' time.", "path", self.overhead)


@dataclass(slots=True, eq=False)
class _Scrape:
    """A collector of what was counted until now."""

    metrics: Iterable["Metric"]

    def collect(self) -> Iterable["Metric"]:
        return self.metrics


def _add(series: dict[Labels, Distribution], labels: Labels, bounds: Sequence[float], value: float) -> None:
    if labels not in series:
        series[labels] = Distribution(bounds)
    series[labels].add(value)


def _current(runtime: Runtime, shared: bool | None) -> Iterator["Metric"]:
    """Gauges: what is so at this moment."""
    names = [one.name for one in runtime.config.providers]
    states: dict[Labels, float] = {
        (name, state.value): float(runtime.health.state(name) is state) for name in names for state in State
    }
    yield _gauge("provider_state", "1 for the state that the provider is in.", ("provider", "state"), states)
    flying: dict[Labels, float] = {(name,): float(runtime.health.in_flight(name)) for name in names}
    yield _gauge("provider_inflight", "Calls of a provider under way.", ("provider",), flying)
    yield _gauge("inflight_requests", "Requests of callers under way.", (), {(): float(runtime.inflight)})
    yield _counter("affinity_hits", "Answers by the provider that a caller prefers.", (), {(): runtime.affinity.hits})
    if shared is not None:
        yield _gauge("sharing_connected", "1 while Redis is reachable.", (), {(): float(shared)})


def _counter(name: str, text: str, labels: Sequence[str], values: "dict[Labels, int] | Counter[Labels]") -> "Metric":
    from prometheus_client.metrics_core import CounterMetricFamily

    family = CounterMetricFamily(f"balancer_{name}", text, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _gauge(name: str, text: str, labels: Sequence[str], values: dict[Labels, float]) -> "Metric":
    from prometheus_client.metrics_core import GaugeMetricFamily

    family = GaugeMetricFamily(f"balancer_{name}", text, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


def _histogram(name: str, text: str, label: str, series: dict[Labels, Distribution]) -> "Metric":
    from prometheus_client.metrics_core import HistogramMetricFamily

    family = HistogramMetricFamily(f"balancer_{name}", text, labels=(label,))
    for key, one in sorted(series.items()):
        family.add_metric(key, one.buckets(), one.total)
    return family
