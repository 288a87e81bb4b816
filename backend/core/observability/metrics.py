"""Prometheus metrics: requests, latency, pool check-outs, retries; and readings, which are taken when somebody asks for the metrics."""

from collections.abc import Callable, Iterable
from functools import cache

from prometheus_client import Counter, Histogram
from prometheus_client.metrics_core import Metric

from backend.core.running import HasExtensions

REQUESTS = Counter("http_requests_total", "Answers by route and status.", ["method", "route", "status"])
LATENCY = Histogram(
    "http_request_seconds",
    "Seconds from the first byte read to the answer built.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
DB_CHECKOUTS = Counter("db_checkouts_total", "Connections taken from the pool.")
DB_FAULTS = Counter("db_faults_total", "Database errors by class.", ["fault"])
RETRIES = Counter("retries_total", "Second and later tries, by what is tried.", ["target"])
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # clients can send any other word

READINGS = "metrics_readings"
Reading = Callable[[], Iterable[Metric]]


def add_reading(app: HasExtensions, read: Reading) -> None:
    """Show what `read` finds in the database each time that somebody asks for the metrics; while it is away, nothing."""
    app.extensions.setdefault(READINGS, []).append(read)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer. `route` is the rule, not the path, so that the number of series stays small."""
    requests, latency = _series(method if method in METHODS else "other", route, status)
    requests.inc()
    latency.observe(seconds)


@cache
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Cached, because every request needs it."""
    return REQUESTS.labels(method, route, status), LATENCY.labels(route)
