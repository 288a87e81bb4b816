"""The caching port: `get_or_create` with a lock, so that a hundred callers of an expired value make it once.

dogpile.cache does the work: in each worker's memory, or in Redis (CACHE_URL) for all of them.
"""

from collections.abc import Callable
from typing import Any, cast

import structlog
from dogpile.cache import make_region
from dogpile.cache.region import CacheRegion
from redis.exceptions import RedisError

from backend.core import running
from backend.core.running import HasExtensions
from backend.core.settings import Settings

log = structlog.get_logger(__name__)
EXTENSION = "cache"
LOCK_SECONDS = 10
REDIS_TIMEOUT = 0.25  # seconds


class Cache:
    """Cached values, which may be lost at any moment. Keys are text; values must survive JSON when they go to Redis."""

    def __init__(self, region: CacheRegion) -> None:
        self._region = region

    def get_or_create[T](self, key: str, create: Callable[[], T], seconds: int) -> T:
        """The value of `key`, kept for `seconds`. Concurrent callers share one `create`; if the cache is away, each makes its own."""
        made: list[T] = []

        def remember() -> T:
            made.append(create())
            return made[0]

        try:
            return cast("T", self._region.get_or_create(key, remember, expiration_time=seconds))
        except RedisError as error:  # before the value was made, or while it was stored
            log.warning("cache.away", error=type(error).__name__)
            return made[0] if made else create()

    def forget(self, key: str) -> None:
        """Drop the value of `key`, if the cache can be reached."""
        try:
            self._region.delete(key)
        except RedisError as error:
            log.warning("cache.away", error=type(error).__name__)


def init_app(app: HasExtensions, settings: Settings) -> None:
    app.extensions[EXTENSION] = Cache(
        make_region(key_mangler=lambda key: f"touchstone:{key}").configure(**_backend(settings))
    )


def _backend(settings: Settings) -> dict[str, Any]:
    if not settings.cache_url.startswith("redis"):
        return {"backend": "dogpile.cache.memory"}
    return {
        "backend": "dogpile.cache.redis",
        "arguments": {
            "url": settings.cache_url,
            "socket_timeout": REDIS_TIMEOUT,
            "connection_kwargs": {"socket_connect_timeout": REDIS_TIMEOUT},
            "distributed_lock": True,
            "lock_timeout": LOCK_SECONDS,
            "thread_local_lock": False,
        },
    }


def current() -> Cache:
    """The running application's cache."""
    cache: Cache = running.extension(EXTENSION)
    return cache
