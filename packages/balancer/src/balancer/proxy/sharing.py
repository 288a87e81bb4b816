"""Replicas tell each other through Redis which provider is out. Without Redis each knows only what it saw itself.

A provider that is out is a key with the time that remains, and a message to those who listen; a recovery deletes the key.
Redis is never waited for while a request is served: messages go through a queue, and what does not fit is dropped.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from balancer.proxy.circuit import State, Transition
from balancer.proxy.health import Health

log = logging.getLogger("balancer.sharing")
CHANNEL = "balancer:health"
KEY = "balancer:open:{}"
WAITING = 1000  # messages while Redis is away; older ones say nothing any more
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 5.0  # seconds between attempts to connect
TIMEOUT = 2.0  # seconds for one command
AWAY = (RedisError, OSError, TimeoutError)


class Sharing:
    """One replica's connection. `connected` says whether the others hear it now."""

    def __init__(self, health: Health, url: str) -> None:
        self.connected = False
        self._health = health
        self._replica = uuid.uuid4().hex
        self._redis = Redis.from_url(
            url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, health_check_interval=5, decode_responses=True
        )
        self._outbox: asyncio.Queue[Transition] = asyncio.Queue(WAITING)
        health.listeners.append(self._told)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            with suppress(*AWAY):
                await self._redis.aclose()

    def _told(self, transition: Transition) -> None:
        if transition.remote or transition.after is State.HALF_OPEN:
            return
        if self._outbox.full():
            self._outbox.get_nowait()
        self._outbox.put_nowait(transition)

    async def _run(self) -> None:
        """Connects again whenever Redis comes back."""
        pause = SHORTEST_PAUSE
        while True:
            try:
                await self._connection()
            except* AWAY as group:
                if self.connected or pause == SHORTEST_PAUSE:
                    reason = type(group.exceptions[0]).__name__
                    log.warning(
                        "Redis is away: health is not shared until it is back.", extra={"fields": {"reason": reason}}
                    )
            pause = SHORTEST_PAUSE * 2 if self.connected else min(pause * 2, LONGEST_PAUSE)
            self.connected = False
            await asyncio.sleep(pause)

    async def _connection(self) -> None:
        """Listens and tells until Redis goes away; then raises one of AWAY."""
        async with self._redis.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            await self._catch_up()
            self.connected = True
            log.info("Health is shared through Redis.")
            async with asyncio.TaskGroup() as group:
                group.create_task(self._listen(pubsub))
                group.create_task(self._tell())

    async def _catch_up(self) -> None:
        """Learns what is out by the others' account, and tells what is out by our own."""
        for identity, name in self._health.identities().items():
            key = KEY.format(identity)
            value, left = await self._redis.get(key), await self._redis.pttl(key)
            if value is not None and left > 0:
                self._hear(str(value), left / 1000)
            elif told := self._health.as_open(name):
                await self._publish(told)

    async def _tell(self) -> None:
        while True:
            await self._publish(await self._outbox.get())

    async def _publish(self, transition: Transition) -> None:
        identity = self._health.identity(transition.provider)
        key, text = KEY.format(identity), json.dumps(self._message(identity, transition))
        if transition.after is State.HEALTHY:
            await self._redis.delete(key)
        else:
            await self._redis.set(key, text, px=max(1, round(transition.remaining * 1000)))
        await self._redis.publish(CHANNEL, text)

    def _message(self, identity: str, transition: Transition) -> dict[str, Any]:
        return {
            "replica": self._replica,
            "identity": identity,
            "state": transition.after.value,
            "remaining": transition.remaining,
            "forbidden": transition.forbidden,
            "k": transition.k,
            "reason": transition.reason,
        }

    async def _listen(self, pubsub: Any) -> None:
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=TIMEOUT / 2)
            if message is not None:
                self._hear(message["data"])

    def _hear(self, text: str, left: float | None = None) -> None:
        """`left` seconds remain, if that is known better. Another version of us may speak here: what is not understood is left."""
        try:
            told = json.loads(text)
            if told["replica"] != self._replica:
                self._learn(told, told["remaining"] if left is None else left)
        except (ValueError, KeyError, TypeError) as error:
            fields = {"reason": type(error).__name__}
            log.warning("A message of another replica was not understood.", extra={"fields": fields})

    def _learn(self, told: dict[str, Any], left: float) -> None:
        name = self._health.identities().get(told["identity"])
        if name is None:
            return
        if told["state"] == State.HEALTHY:
            self._health.reset(name, "another replica reached it", remote=True)
        else:
            passed = float(told["remaining"]) - left
            self._health.learn(
                name, float(left), float(told["forbidden"]) - passed, int(told["k"]), str(told["reason"])[:64]
            )
