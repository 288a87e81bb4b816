"""Replicas tell each other through Redis which provider is out. Without Redis each knows only what it saw itself.

A provider that is out is a key with the time that remains, and a message to those who listen; a recovery deletes the key.
Redis is never waited for while a request is served: messages go through a queue, and what does not fit is dropped.
"""

import asyncio
import json
import uuid
from typing import Any

from balancer.proxy.circuit import State, Transition
from balancer.proxy.health import Health
from balancer.proxy.redis_link import TIMEOUT, RedisLink, log

CHANNEL = "balancer:health"
KEY = "balancer:open:{}"
WAITING = 1000  # messages while Redis is away; older ones say nothing any more


class Sharing(RedisLink):
    """One replica's view of the providers' health, told to the others and heard from them."""

    what = "Health is shared"

    def __init__(self, health: Health, url: str) -> None:
        super().__init__(url, decode_responses=True)
        self._health = health
        self._replica = uuid.uuid4().hex
        self._outbox: asyncio.Queue[Transition] = asyncio.Queue(WAITING)
        health.listeners.append(self._told)

    async def session(self, pubsub: Any) -> None:
        await pubsub.subscribe(CHANNEL)
        await self._catch_up()
        self.is_connected()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(pubsub))
            group.create_task(self._tell())

    def _told(self, transition: Transition) -> None:
        if transition.remote or transition.after is State.HALF_OPEN:
            return
        if self._outbox.full():
            self._outbox.get_nowait()
        self._outbox.put_nowait(transition)

    async def _catch_up(self) -> None:
        """Learns what is out by the others' account, and tells what is out by our own."""
        for identity, name in self._health.identities().items():
            key = KEY.format(identity)
            value, left = await self.redis.get(key), await self.redis.pttl(key)
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
            await self.redis.delete(key)
        else:
            await self.redis.set(key, text, px=max(1, round(transition.remaining * 1000)))
        await self.redis.publish(CHANNEL, text)

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
