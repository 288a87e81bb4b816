"""Prometheus metrics: requests, latency, pool check-outs, retries. `/metrics` is closed until METRICS_TOKEN opens it.

With several workers set PROMETHEUS_MULTIPROC_DIR to an empty folder before the start; the answer then adds all of them up.
"""

import hmac
import os
from functools import cache

from flask import Flask, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from backend.core.security import access
from backend.core.settings import Settings

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
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})  # a client may send any word


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answer. `route` is the rule, not the path, so that the number of series stays small."""
    requests, latency = _series(method if method in METHODS else "other", route, status)
    requests.inc()
    latency.observe(seconds)


@cache
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """Looked up once: every request counts."""
    return REQUESTS.labels(method, route, status), LATENCY.labels(route)


def render() -> Response:
    """The metrics of all workers in Prometheus' text format"""
    return Response(generate_latest(_registry()), mimetype=None, content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
    return registry


def init_app(app: Flask, settings: Settings) -> None:
    """Open `/metrics` to those who send the token."""
    token = settings.metrics_token.get_secret_value()

    def knows_token(request: Request) -> bool:
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return bool(token) and hmac.compare_digest(sent.encode(), token.encode())

    access.use_signature(app, "metrics", knows_token)
