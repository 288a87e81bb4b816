"""Where dogpile.cache keeps values: a dictionary that forgets what was used longest ago, and Redis, which forgets by itself."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from dogpile.cache import register_backend
from dogpile.cache.backends.redis import RedisBackend

REDIS = "touchstone.redis"


class RecentlyUsed:
    """At most `most` values; the part of a dictionary that dogpile's memory backend uses, safe for threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values = OrderedDict[str, Any]()
        self._lock = threading.Lock()

    def get(self, key: str, default: Any = None) -> Any:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key, default)

    def __setitem__(self, key: str, value: Any) -> None:
        with self._lock:
            self._values[key] = value
            self._values.move_to_end(key)
            while len(self._values) > self._most:
                self._values.popitem(last=False)

    def pop(self, key: str, default: Any = None) -> Any:
        with self._lock:
            return self._values.pop(key, default)

    def clear(self) -> None:
        with self._lock:
            self._values.clear()

    def __len__(self) -> int:
        return len(self._values)


class ExpiringRedisBackend(RedisBackend):
    """dogpile's, with `SET ... EX`: its own sends SETEX, which Redis calls deprecated."""

    def set_serialized(self, key: str, value: bytes) -> None:
        self.writer_client.set(key, value, ex=self.redis_expiration_time)

    def set_serialized_multi(self, mapping: Mapping[str, bytes]) -> None:
        """All in one request."""
        pipe = self.writer_client.pipeline()
        for key, value in mapping.items():
            pipe.set(key, value, ex=self.redis_expiration_time)
        pipe.execute()


register_backend(REDIS, __name__, ExpiringRedisBackend.__name__)  # type: ignore[no-untyped-call]
