"""Health over HTTP."""

from flask import Response

from backend.core.web import metrics_page
from backend.modules.health import service
from backend.modules.health.schemas import Health, Live


def health() -> Health:
    """Whether the application and its database work

    503 with the same data when the database is away.
    """
    return Health.model_validate({"status": "healthy", "database": service.check_health()})


def live() -> Live:
    """Whether the process answers at all; restart it when it does not"""
    return Live()


def ready() -> Health:
    """Whether to send requests here; off while the database is away and while the server stops"""
    return Health.model_validate({"status": "healthy", "database": service.check_ready()})


def prometheus() -> Response:
    """Metrics in Prometheus' text format; closed until METRICS_TOKEN opens them"""
    return metrics_page.render()
