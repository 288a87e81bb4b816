"""`/metrics`: closed until METRICS_TOKEN opens it.

With several workers set PROMETHEUS_MULTIPROC_DIR to an empty folder before the start; the answer then adds all of them up.
"""

import hmac
import os

from flask import Flask, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from backend.core.security import access
from backend.core.settings import Settings


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
