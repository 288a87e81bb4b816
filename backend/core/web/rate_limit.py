"""Rate limits: a route states its rate, counted per user, or per address where nobody is logged in (IPv6: per network).

The library `limits` counts, in Redis (RATELIMIT_STORAGE_URL) or in each worker's memory. When Redis is away,
RATELIMIT_ON_STORAGE_ERROR=open lets requests through and says so in the log, once a minute; closed answers 503.
"""

import math
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import structlog
from flask import Flask, Response, g
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import Storage, storage_from_string
from limits.strategies import FixedWindowRateLimiter

from backend.core import clock
from backend.core.errors import TooManyRequestsError
from backend.core.headers import RATE_LIMIT, RATE_REMAINING, RATE_RESET
from backend.core.settings import Settings
from backend.core.web.client_address import client_network
from backend.core.web.rate_memory import WorkerMemory

log = structlog.get_logger(__name__)

EXTENSION = "rate_limiter"
REDIS_OPTIONS: dict[str, Any] = {"socket_connect_timeout": 0.25, "socket_timeout": 0.25}  # seconds
SECONDS_BETWEEN_WARNINGS = 60


class Window(NamedTuple):
    """A caller's quota: `remaining` of `limit` requests until `reset`, in seconds since 1970."""

    limit: int
    remaining: int
    reset: float

    @property
    def headers(self) -> dict[str, str]:
        values = (self.limit, self.remaining, math.ceil(self.reset))
        return {name: str(value) for name, value in zip((RATE_LIMIT, RATE_REMAINING, RATE_RESET), values, strict=True)}

    @property
    def seconds_left(self) -> int:
        """Seconds until `reset`, at least 1."""
        return max(1, math.ceil(self.reset - time.time()))


class RateLimits:
    """The counters of one application. They are fixed windows: one number for each caller and route."""

    def __init__(self, settings: Settings) -> None:
        self.enabled = settings.ratelimit_enabled
        self._storage = storage_of(settings.ratelimit_storage_url)
        self._strategy = FixedWindowRateLimiter(self._storage)
        self._ipv6_prefix = settings.ratelimit_ipv6_prefix
        self._open = settings.ratelimit_on_storage_error == "open"
        self._warnings = SeldomWarning()

    def reset(self) -> None:
        """Forget everything that was counted."""
        self._storage.reset()

    def count(self, limit: RateLimitItem, route: str) -> None:
        """Count a request to `route`; raises `TooManyRequestsError` beyond the limit."""
        try:
            who = caller(self._ipv6_prefix)
            passes = self._strategy.hit(limit, who, route)
            stats = self._strategy.get_window_stats(limit, who, route)
        except Exception as error:
            if not self._open:
                raise
            self._warnings.tell(error)
            return
        g.rate_window = window = Window(limit.amount, stats.remaining, stats.reset_time)
        if not passes:
            raise TooManyRequestsError(retry_after=window.seconds_left)


def storage_of(url: str) -> Storage:
    """Where requests are counted: redis://… for all workers, memory:// in each worker."""
    if url.startswith("memory://"):
        return WorkerMemory()
    return cast(
        Storage, storage_from_string(url, wrap_exceptions=True, **REDIS_OPTIONS if url.startswith("redis") else {})
    )


class SeldomWarning:
    """Logs that the counters are unreachable: one line a minute instead of a traceback per request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._silent_until = -math.inf

    def tell(self, error: Exception) -> None:
        """Log the error; a bug of ours every time and with its traceback."""
        if not isinstance(error, StorageError):
            log.error("ratelimit.failed", requests="let through", exc_info=error)
        elif self._is_time():
            log.warning("ratelimit.storage_away", error=str(error), requests="let through")

    def _is_time(self) -> bool:
        with self._lock:
            now = clock.monotonic()
            if now < self._silent_until:
                return False
            self._silent_until = now + SECONDS_BETWEEN_WARNINGS
            return True


def init_app(app: Flask, settings: Settings) -> None:
    """One set of counters per application."""
    app.extensions[EXTENSION] = RateLimits(settings)
    app.after_request(_tell)


def caller(ipv6_prefix: int) -> str:
    """Whom a request counts for: the user, or else the address; see `client_network`."""
    principal = g.get("principal")
    return f"user:{principal.user_id}" if principal else f"address:{client_network(ipv6_prefix)}"


def limited(app: Flask, rate: str, name: str, perform: Callable[..., Response]) -> Callable[..., Response]:
    """`perform` with a limit: 429 beyond `rate`. `name` is that of the counter."""
    counters: RateLimits = app.extensions[EXTENSION]
    if not counters.enabled:
        return perform
    limit = parse(rate)

    def counted(arguments: dict[str, Any]) -> Response:
        counters.count(limit, name)
        return perform(arguments)

    return counted


def _tell(response: Response) -> Response:
    """Add the number of requests left to every answer of a route with a rate."""
    window: Window | None = g.get("rate_window")
    if window:
        response.headers.update(window.headers)
    return response
