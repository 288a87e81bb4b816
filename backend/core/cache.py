"""The caching port: `get_or_create` with a lock, so that a hundred callers of an expired value make it once.

dogpile.cache does the work: in each worker's memory, or in Redis (CACHE_URL) for all of them.
"""

import zlib
from collections.abc import Callable, Collection, Mapping
from enum import Enum, auto
from typing import Any, Final, cast

import orjson
import structlog
from dogpile.cache import make_region
from dogpile.cache.api import NO_VALUE, CantDeserializeException
from dogpile.cache.region import CacheRegion
from redis.exceptions import RedisError

from backend.core import running
from backend.core.cache_backends import REDIS, RecentlyUsed
from backend.core.running import HasExtensions
from backend.core.settings import Settings

log = structlog.get_logger(__name__)
EXTENSION = "cache"
LOCK_SECONDS = 10
REDIS_TIMEOUT = 0.25  # seconds
MOST_IN_MEMORY = 10_000  # values in a worker
LONGEST_IN_REDIS = 86_400  # seconds; what nobody stores anew for so long is gone
JITTER = 0.1  # share by which a value lives shorter or longer, so that values made together do not expire together


class Missing(Enum):
    """What `get` answers for a key that has no value; `None` is a value like any other."""

    MISSING = auto()


MISSING: Final = Missing.MISSING


class _StaleAnswerError(Exception):
    """Carries a value that is too old out of a `create` that failed, so that it is not stored as a new one."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Cache:
    """Cached values, which may be lost at any moment. Keys are text; values must survive JSON when they go to Redis.

    While Redis is away nothing is found, nothing is kept, and the log says so.
    """

    def __init__(self, region: CacheRegion) -> None:
        self._region = region

    def get_or_create[T](self, key: str, create: Callable[[], T], seconds: float, *, stale_seconds: float = 0) -> T:
        """The value of `key`, kept for `seconds`, a tenth more or less. Concurrent callers share one `create`; if the cache is away, each makes its own.

        If `create` fails, a value that is too old by no more than `stale_seconds` is the answer; without one, its error.
        """
        made: list[T] = []

        def remember() -> T:
            made.append(self._made(key, create, seconds + stale_seconds if stale_seconds else 0))
            return made[0]

        try:
            return cast("T", self._region.get_or_create(key, remember, expiration_time=_lifetime(key, seconds)))
        except _StaleAnswerError as stale:
            return cast("T", stale.value)
        except RedisError as error:  # before the value was made, or while it was stored
            log.warning("cache.away", error=type(error).__name__)
            return made[0] if made else create()

    def get(self, key: str, seconds: float) -> Any:
        """The value of `key` if it is younger than `seconds`, else `MISSING`."""
        return self.get_many([key], seconds).get(key, MISSING)

    def get_and_refresh(self, key: str, seconds: float) -> Any:
        """The same; a value that is found is as young as a new one from now on."""
        found = self.get(key, seconds)
        if found is not MISSING:
            self.set(key, found)
        return found

    def get_many(self, keys: Collection[str], seconds: float) -> dict[str, Any]:
        """The values of those keys that have one younger than `seconds`, in one request."""
        listed = [*keys]
        nothing = list[Any]()
        found = self._unless_away(lambda: self._listed(listed, seconds), nothing)
        return {key: value for key, value in zip(listed, found, strict=False) if value is not NO_VALUE}

    def set(self, key: str, value: Any) -> None:
        """Keep the value under `key`; whoever reads it says how old it may be."""
        self.set_many({key: value})

    def set_many(self, values: Mapping[str, Any]) -> None:
        """Keep all of them, in one request."""
        if values:
            self._unless_away(lambda: self._region.set_multi({**values}), None)

    def forget(self, key: str) -> None:
        """Drop the value of `key`, if the cache can be reached."""
        self._unless_away(lambda: self._region.delete(key), None)

    def _listed(self, keys: list[str], seconds: float) -> list[Any]:
        found: list[Any] = self._region.get_multi(keys, expiration_time=seconds)  # type: ignore[no-untyped-call]
        return found

    def _made[T](self, key: str, create: Callable[[], T], oldest: float) -> T:
        try:
            return create()
        except Exception as error:
            found = (
                self._unless_away(lambda: self._region.get(key, expiration_time=oldest), NO_VALUE)
                if oldest
                else NO_VALUE
            )
            if found is NO_VALUE:
                raise
            log.warning("cache.stale", error=type(error).__name__)
            raise _StaleAnswerError(found) from error

    def _unless_away[T](self, ask: Callable[[], T], otherwise: T) -> T:
        try:
            return ask()
        except RedisError as error:
            log.warning("cache.away", error=type(error).__name__)
            return otherwise


def _lifetime(key: str, seconds: float) -> float:
    """`seconds`, longer or shorter by a share that is always the same for a key."""
    share = zlib.crc32(key.encode()) / 0xFFFF_FFFF
    return seconds * (1 - JITTER + 2 * JITTER * share)


def _deserialized(stored: bytes) -> Any:
    """A value from Redis; what is no JSON, such as one of an older version, is made anew."""
    try:
        return orjson.loads(stored)
    except orjson.JSONDecodeError as error:
        raise CantDeserializeException from error


def init_app(app: HasExtensions, settings: Settings) -> None:
    shared = settings.cache_url.startswith("redis")
    formats = {"serializer": orjson.dumps, "deserializer": _deserialized} if shared else {}
    region = make_region(key_mangler=lambda key: f"touchstone:{key}", **formats)
    app.extensions[EXTENSION] = Cache(region.configure(**_backend(settings, shared=shared)))


def _backend(settings: Settings, *, shared: bool) -> dict[str, Any]:
    if not shared:
        return {"backend": "dogpile.cache.memory", "arguments": {"cache_dict": RecentlyUsed(MOST_IN_MEMORY)}}
    return {
        "backend": REDIS,
        "arguments": {
            "url": settings.cache_url,
            "socket_timeout": REDIS_TIMEOUT,
            "connection_kwargs": {"socket_connect_timeout": REDIS_TIMEOUT},
            "redis_expiration_time": LONGEST_IN_REDIS,
            "distributed_lock": True,
            "lock_timeout": LOCK_SECONDS,
            "thread_local_lock": False,
        },
    }


def current() -> Cache:
    """The running application's cache."""
    cache: Cache = running.extension(EXTENSION)
    return cache
