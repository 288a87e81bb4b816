"""`/metrics`: closed until METRICS_TOKEN opens it.

With several workers set PROMETHEUS_MULTIPROC_DIR to an empty folder before the start; the answer then adds all of them up.
"""

import hmac
import os
from collections.abc import Iterator
from typing import override

import structlog
from flask import Flask, Request, Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from backend.core.db import monitor as db_monitor
from backend.core.db.errors import classify
from backend.core.db.transactions import run_unit
from backend.core.errors import DatabaseUnavailableError
from backend.core.observability.metrics import READINGS, Reading
from backend.core.security import access
from backend.core.settings import Settings

log = structlog.get_logger(__name__)


def render() -> Response:
    """The metrics of all workers in Prometheus' text format"""
    body = generate_latest(_registry()) + generate_latest(Readings())
    return Response(body, mimetype=None, content_type=CONTENT_TYPE_LATEST)


class Readings(Collector):
    """What the modules read from the database at this moment; without the counters it would be of no use, so it never fails them."""

    @override
    def collect(self) -> Iterator[Metric]:
        if db_monitor.current().state is not db_monitor.State.DOWN:
            for read in current_app.extensions.get(READINGS, []):
                yield from _taken(read)


def _taken(read: Reading) -> list[Metric]:
    try:
        return run_unit(lambda: [*read()], commit=False, replay=False)
    except (SQLAlchemyError, DatabaseUnavailableError) as error:
        log.warning("metrics.not_read", fault=classify(error).value)
        return []


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
