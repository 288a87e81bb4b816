"""Equal requests are joined across replicas: who begins one says so in Redis, and sends its answer to those who ask for it.

A flight is a key with the replica that leads it, kept alive while it is under way. A replica with an equal request asks the
leader over its channel, and reads the answer from a stream of its own. Answers go through Redis only when somebody joined.
"""

import asyncio
import json
import uuid
from dataclasses import replace
from typing import Any, Protocol

from balancer.proxy.answer import ClientAnswer
from balancer.proxy.flight import Flight, may_share
from balancer.proxy.redis_link import AWAY, TIMEOUT, RedisLink, log
from balancer.proxy.request import CallerRequest

FLIGHT, FOLLOW, ANSWER = "balancer:flight:{}", "balancer:follow:{}", "balancer:answer:{}"
LEASE = 15.0  # seconds after which the flight of a replica that died is free
KEPT = 60  # seconds for which an answer can be read
PATIENCE = 0.25  # seconds that a request waits for Redis at most
BLOCK = 500  # milliseconds
SILENT_READS = 3  # reads without a piece after the flight's key is gone: the leader died


class Flights(Protocol):
    """What this needs of the deduplication."""

    shared: "SharedFlights | None"

    def flight(self, signature: str) -> Flight | None: ...


class SharedFlights(RedisLink):
    what = "Flights are shared"

    def __init__(self, flights: Flights, url: str) -> None:
        super().__init__(url)
        self._flights = flights
        self._replica = uuid.uuid4().hex
        self._claimed: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        flights.shared = self

    async def find(self, request: CallerRequest) -> Flight | None:
        """The flight of an equal request at another replica. None if there is none, or Redis cannot say: then lead."""
        if not self.connected:
            return None
        try:
            async with asyncio.timeout(PATIENCE):
                leader = await self._claim(request)
                return None if leader is None else await self._join(request, leader)
        except AWAY:
            return None

    def release(self, signature: str) -> None:
        """The flight is over."""
        if signature in self._claimed:
            self._claimed.discard(signature)
            self._spawn(self._delete(FLIGHT.format(signature)))

    async def session(self, pubsub: Any) -> None:
        await pubsub.subscribe(FOLLOW.format(self._replica))
        self.is_connected()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._listen(pubsub))
            group.create_task(self._renew())

    async def _claim(self, request: CallerRequest) -> dict[str, Any] | None:
        """Who leads the flight; None if that is this replica, or nobody whom the request may join."""
        key = FLIGHT.format(request.signature)
        told = {"replica": self._replica, "stream": request.stream, "key": request.headers.get("idempotency-key")}
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.set(key, json.dumps(told), nx=True, px=int(LEASE * 1000))
            pipe.get(key)
            mine, value = await pipe.execute()
        if mine:
            self._claimed.add(request.signature)
        leader: dict[str, Any] = {} if mine or value is None else json.loads(value)
        return (
            leader
            if leader.get("replica", self._replica) != self._replica and may_share(request, leader["key"])
            else None
        )

    async def _join(self, request: CallerRequest, leader: dict[str, Any]) -> Flight:
        answer = ANSWER.format(uuid.uuid4().hex)
        made: asyncio.Future[Flight] = asyncio.get_running_loop().create_future()
        headers = {} if leader["key"] is None else {"idempotency-key": leader["key"]}
        self._spawn(self._receive(replace(request, stream=leader["stream"], headers=headers), answer, made))
        told = json.dumps({"signature": request.signature, "answer": answer})
        await self.redis.publish(FOLLOW.format(leader["replica"]), told)
        return await made

    async def _receive(self, request: CallerRequest, answer: str, made: asyncio.Future[Flight]) -> None:
        """Fills a flight from the leader's answer. The last one who follows it ends this."""
        flight = Flight(request, _nowhere())
        flight.leader_leaves()
        made.set_result(flight)
        try:
            await self._read(flight, answer, FLIGHT.format(request.signature))
        except AWAY:
            log.info("Redis went away while an answer was read from it.")
        finally:
            flight.close()

    async def _read(self, flight: Flight, answer: str, key: str) -> None:
        last: Any = b"0"
        silent = 0
        while not flight.ended and silent < SILENT_READS:
            found: Any = await self.redis.xread({answer: last}, count=100, block=BLOCK)
            pieces = found[0][1] if found else []
            silent = silent + 1 if not pieces and not await self.redis.exists(key) else 0
            for last, fields in pieces:  # noqa: B007 - where the next read goes on
                await _apply(flight, fields)

    async def _listen(self, pubsub: Any) -> None:
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=TIMEOUT / 2)
            if message is not None:
                told = json.loads(message["data"])
                self._spawn(self._send(self._flights.flight(told["signature"]), told["answer"]))

    async def _send(self, flight: Flight | None, answer: str) -> None:
        """Tells another replica what the flight is and becomes, as one who joined it."""
        if flight is None or not flight.keeps:
            await self._add(answer, {"end": "broken"})
            return
        flight.joiners += 1
        try:
            await self._send_pieces(flight, answer)
        finally:
            flight.joiner_leaves()

    async def _send_pieces(self, flight: Flight, answer: str) -> None:
        told, sent = False, 0
        while True:
            parts = flight.parts[sent:]
            if flight.started and not told:
                told = True
                await self._add(answer, {"head": _head(flight)})
            elif parts:
                sent += len(parts)
                await self._add(answer, {"body": b"".join(parts)})
            elif flight.ended:
                await self._add(answer, {"end": flight.ended})
                return
            else:
                await flight.changed()

    async def _add(self, answer: str, fields: Any) -> None:
        async with self.redis.pipeline(transaction=False) as pipe:
            pipe.xadd(answer, fields)
            pipe.expire(answer, KEPT)
            await pipe.execute()

    async def _renew(self) -> None:
        while True:
            for signature in list(self._claimed):
                await self.redis.pexpire(FLIGHT.format(signature), int(LEASE * 1000))
            await asyncio.sleep(LEASE / 3)

    async def _delete(self, key: str) -> None:
        await self.redis.delete(key)

    def _spawn(self, work: Any) -> None:
        """In the background; Redis going away ends it without a word, since the link has said so."""
        task = asyncio.create_task(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _quietly(work: Any) -> None:
    try:
        await work
    except AWAY:
        return


def _head(flight: Flight) -> str:
    held = max(0.0, flight.hold_until - asyncio.get_running_loop().time())
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in flight.headers]
    return json.dumps({"status": flight.status, "headers": headers, "held": held})


async def _apply(flight: Flight, fields: dict[bytes, bytes]) -> None:
    """One piece of the leader's answer."""
    if head := fields.get(b"head"):
        told = json.loads(head)
        flight.hold_until = asyncio.get_running_loop().time() + told["held"]
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in told["headers"]]
        await flight.start(told["status"], headers)
    if body := fields.get(b"body"):
        await flight.write(body)
    if end := fields.get(b"end"):
        await (flight.finish() if end == b"whole" else flight.abort())


def _nowhere() -> ClientAnswer:
    """An answer that no connection waits for."""

    async def send(_: Any) -> None:
        raise AssertionError

    answer = ClientAnswer({}, send, "")
    answer.detach()
    return answer
