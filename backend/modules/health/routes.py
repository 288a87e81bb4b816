"""The health routes, and the metrics."""

from backend.core.security.access import public, signature
from backend.core.web.route import Route
from backend.modules.health import controller
from backend.modules.health.errors import NotReadyError, UnhealthyError

ROUTES = [
    Route("GET", "/health", controller.health, public, raises=[UnhealthyError]),
    Route("GET", "/health/live", controller.live, public),
    Route("GET", "/health/ready", controller.ready, public, raises=[NotReadyError, UnhealthyError]),
    Route("GET", "/metrics", controller.prometheus, signature("metrics")),
]
