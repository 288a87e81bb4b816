"""A connection to Redis that is taken up again whenever Redis comes back."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from balancer.proxy.background import background

log = logging.getLogger("balancer.sharing")
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between attempts to connect
TIMEOUT = 2.0  # seconds for one command
AWAY = (RedisError, OSError, TimeoutError)


class RedisLink:
    """`connected` says whether the other replicas are heard now. `what` names in the log what is shared."""

    what = ""

    def __init__(self, url: str, **options: Any) -> None:
        self.connected = False
        self.redis = Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, health_check_interval=5, **options
        )

    async def session(self, pubsub: Any) -> None:
        """Work with a connection that listens until Redis goes away; then raise one of AWAY. Sets `connected`."""
        raise NotImplementedError

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            async with background(self._run()):
                yield
        finally:
            with suppress(*AWAY):
                await self.redis.aclose()

    def is_connected(self) -> None:
        self.connected = True
        log.info("%s through Redis.", self.what)

    async def _run(self) -> None:
        pause = SHORTEST_PAUSE
        while True:
            try:
                async with self.redis.pubsub() as pubsub:
                    await self.session(pubsub)
            except* AWAY as group:
                if self.connected or pause == SHORTEST_PAUSE:
                    fields = {"what": self.what, "reason": type(group.exceptions[0]).__name__}
                    log.warning("Redis is away: this replica is on its own until it is back.", extra={"fields": fields})
            pause = SHORTEST_PAUSE * 2 if self.connected else min(pause * 2, LONGEST_PAUSE)
            self.connected = False
            await asyncio.sleep(pause)
