"""What surrounds every request: its id, its time, its security headers, its line in the log and in the metrics."""

import re
import secrets
import time

import structlog
from flask import Flask, Response, g, request

from backend.core import metrics
from backend.core.settings import Settings

log = structlog.get_logger("request")

HEADER = "X-Request-ID"
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
    """Register first: what comes earlier has no id, and what fails in `after_request` would lose its headers."""
    headers = tuple((SECURITY_HEADERS | (HSTS if settings.production else {})).items())

    def finish(response: Response) -> Response:
        present = {name.lower() for name, _ in response.headers}
        for name, value in (*headers, (HEADER, g.request_id)):
            if name.lower() not in present:
                response.headers.add(name, value)
        _record(response.status_code)
        return response

    app.before_request(_begin)
    app.after_request(finish)


def _begin() -> None:
    g.started = time.perf_counter()
    sent = request.headers.get(HEADER, "")
    g.request_id = sent if ACCEPTED_ID.fullmatch(sent) else secrets.token_hex(16)


def _record(status: int) -> None:
    seconds = time.perf_counter() - g.started
    rule = request.url_rule
    route = rule.rule if rule else "none"
    metrics.observe(request.method, route, status, seconds)
    write = log.debug if status < 400 and route.startswith(QUIET_ROUTES) else log.info
    principal = g.get("principal")
    write(
        "request",
        method=request.method,
        path=request.path,
        route=route,
        status=status,
        ms=round(seconds * 1000, 2),
        user_id=principal.user_id if principal else None,
        ip=request.remote_addr,
    )
