"""Rate limits by Flask-Limiter: a route states its rate, counted per user, or per address where nobody is logged in.

The counters are in Redis (RATELIMIT_STORAGE_URL) or in each worker's memory. When Redis is away,
RATELIMIT_ON_STORAGE_ERROR=open lets requests through and says so in the log, once a minute; closed answers 503.
"""

import logging
import math
import sys
import threading
from collections.abc import Callable
from typing import Any, override

import structlog
from flask import Flask, Response, g, request
from flask_limiter import HeaderNames, Limiter
from limits.errors import StorageError

from backend.core import clock
from backend.core.settings import Settings

log = structlog.get_logger(__name__)

EXTENSION = "rate_limiter"
UNTIL_RESET = "X-RateLimit-Retry-After"  # between Flask-Limiter and us; never sent
REDIS_OPTIONS: dict[str, Any] = {"socket_connect_timeout": 0.25, "socket_timeout": 0.25}  # seconds
SECONDS_BETWEEN_WARNINGS = 60


class LimiterLog(logging.LoggerAdapter[logging.Logger]):
    """Flask-Limiter's log, in which an outage of the storage is a line a minute and not a traceback a request."""

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__(logger)
        self._lock = threading.Lock()
        self._silent_until = -math.inf

    @override
    def exception(self, msg: object, *args: object, **options: Any) -> None:
        error = sys.exception()
        if not isinstance(error, StorageError):
            super().exception(msg, *args, **options)
        elif self._is_time():
            log.warning("ratelimit.storage_away", error=str(error), requests="let through")

    def _is_time(self) -> bool:
        with self._lock:
            now = clock.monotonic()
            if now < self._silent_until:
                return False
            self._silent_until = now + SECONDS_BETWEEN_WARNINGS
            return True


class RouteLimiter(Limiter):
    """Flask-Limiter without its look at every request for limits of the whole application, which there are none of."""

    @override
    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


def init_app(app: Flask, settings: Settings) -> None:
    """One limiter an application; its headers come before ours in time, so that we have the last word on them."""
    app.after_request(_keep_retry_after_for_refusals)
    in_redis = settings.ratelimit_storage_url.startswith("redis")
    options: dict[str, Any] = {**(REDIS_OPTIONS if in_redis else {}), "wrap_exceptions": True}
    limiter = RouteLimiter(
        caller,
        storage_uri=settings.ratelimit_storage_url,
        storage_options=options,
        enabled=settings.ratelimit_enabled,
        swallow_errors=settings.ratelimit_on_storage_error == "open",
        headers_enabled=True,
        header_name_mapping={HeaderNames.RETRY_AFTER: UNTIL_RESET},
        strategy="moving-window" if not in_redis else "fixed-window",
    )
    limiter.logger = LimiterLog(limiter.logger)  # type: ignore[assignment]
    limiter.init_app(app)
    app.extensions[EXTENSION] = limiter


def caller() -> str:
    """Whom a request counts for."""
    principal = g.get("principal")
    return f"user:{principal.user_id}" if principal else f"address:{request.remote_addr or 'unknown'}"


def limited(app: Flask, rate: str, name: str, perform: Callable[..., Response]) -> Callable[..., Response]:
    """`perform`, refused with 429 beyond `rate`. `name` is the counter's."""

    def counted(arguments: dict[str, Any]) -> Response:
        return perform(arguments)

    counted.__qualname__ = name  # Flask-Limiter tells limits apart by module and qualified name
    limiter: Limiter = app.extensions[EXTENSION]
    return limiter.limit(rate)(counted)


def _keep_retry_after_for_refusals(response: Response) -> Response:
    """Flask-Limiter counts the seconds on every answer; they belong to a 429 that names none, and are at least one."""
    seconds = int(response.headers.pop(UNTIL_RESET, 1))
    if response.status_code == 429:
        response.headers.setdefault("Retry-After", str(max(1, seconds)))
    return response
