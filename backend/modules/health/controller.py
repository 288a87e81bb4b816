"""Health over HTTP."""

from flask import Response

from backend.core.web import metrics_page
from backend.modules.health import service
from backend.modules.health.schemas import Health, Live


def health() -> Health:
    """Check the application and its database

    503 with the same data when the database is down.
    """
    return Health.model_validate({"status": "healthy", "database": service.check_health()})


def live() -> Live:
    """Check that the process is alive; restart it if this fails"""
    return Live()


def ready() -> Health:
    """Check that the server takes requests; 503 while the database is down or the server is stopping"""
    return Health.model_validate({"status": "healthy", "database": service.check_ready()})


def prometheus() -> Response:
    """Metrics in Prometheus' text format; closed until METRICS_TOKEN opens them"""
    return metrics_page.render()
