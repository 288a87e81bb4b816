"""What surrounds every request: its id, its time, its security headers, its line in the log and in the metrics."""

import logging
import random
import re
import time
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, Response, g, request

from backend.core.headers import REQUEST_ID
from backend.core.observability import metrics
from backend.core.settings import Settings
from backend.core.web.client_address import client_address

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

log = structlog.get_logger("request")

ENVIRON_KEY = "touchstone.request_id"
ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}  # a year: OWASP ASVS 3.4.1
QUIET_ROUTES = ("/health", "/metrics")


def init_app(app: Flask, settings: Settings) -> None:
    """Call this first: hooks that run earlier have no request id and no log line."""
    app.wsgi_app = HeaderMiddleware(app.wsgi_app, SECURITY_HEADERS | (HSTS if settings.production else {}))  # type: ignore[method-assign]
    app.before_request(_begin)
    app.after_request(_record)


class HeaderMiddleware:
    """Middleware around Flask: gives each request an id, and each answer those headers that it does not set itself."""

    def __init__(self, application: "WSGIApplication", headers: Mapping[str, str]) -> None:
        self._application = application
        self._headers = [(name.lower(), (name, value)) for name, value in headers.items()]

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        sent = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = environ[ENVIRON_KEY] = sent if ACCEPTED_ID.fullmatch(sent) else f"{random.getrandbits(128):032x}"

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            present = {name.lower() for name, _ in headers}
            headers += [header for name, header in self._headers if name not in present]
            headers.append((REQUEST_ID, request_id))
            return start_response(status, headers, *error)

        return self._application(environ, start)


def _begin() -> None:
    g.started = time.perf_counter()
    g.request_id = request.environ.get(ENVIRON_KEY, "none")


def _record(response: Response) -> Response:
    """Count the answer and log it; paths that probes fetch every second are logged at level debug."""
    asked, status = request._get_current_object(), response.status_code  # type: ignore[attr-defined] # noqa: SLF001 - a proxy costs
    seconds = time.perf_counter() - g.started
    route = asked.url_rule.rule if asked.url_rule else "none"
    metrics.observe(asked.method, route, status, seconds)
    quiet = status < 400 and route.startswith(QUIET_ROUTES)
    if quiet and not log.is_enabled_for(logging.DEBUG):
        return response
    principal = g.get("principal")
    (log.debug if quiet else log.info)(
        "request",
        method=asked.method,
        path=asked.path,
        route=route,
        status=status,
        ms=round(seconds * 1000, 2),
        user_id=principal.user_id if principal else None,
        ip=client_address(),
    )
    return response
