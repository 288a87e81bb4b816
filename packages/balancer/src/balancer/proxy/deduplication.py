"""Equal requests share one upstream call while it is under way, and its failure for a moment afterwards.

`mode: retries` joins only what the caller marks as a repetition of its own: equal requests without such a mark are
different samples. `mode: all` joins every equal request. Answers are never kept once they are complete.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from balancer.proxy import translating
from balancer.proxy.answer import EVENT_STREAM, Answer, ClientAnswer, Headers
from balancer.proxy.flight import Flight, may_share
from balancer.proxy.record import RequestRecord
from balancer.proxy.request import CallerRequest
from balancer.proxy.splice import ODD_VALUES
from balancer.wire import json_text
from balancer.wire.assembly import assemble
from balancer.wire.sse import SseParser

if TYPE_CHECKING:
    from balancer.proxy.shared_flights import SharedFlights

JOINED: Headers = [(b"x-balancer-joined", b"true")]
type Work = Callable[[CallerRequest, Answer, RequestRecord], Awaitable[None]]


class Deduplication:
    """The flights of one process, by signature."""

    def __init__(self) -> None:
        self.joins = 0
        self.shared: SharedFlights | None = None
        self._flights: dict[str, Flight] = {}

    async def serve(self, request: CallerRequest, answer: ClientAnswer, record: RequestRecord, work: Work) -> None:
        """Join an equal request that is under way, or do the work so that others may join."""
        flight = self._flights.get(request.signature) or await self._elsewhere(request)
        if flight is not None and _joins(request, flight) and await self._follow(flight, request, answer, record):
            return
        await self._lead(request, answer, record, work)

    def flight(self, signature: str) -> Flight | None:
        """What this process leads, for another replica that joins."""
        return self._flights.get(signature)

    async def _elsewhere(self, request: CallerRequest) -> Flight | None:
        """The flight of another replica, unless one began here while Redis was asked."""
        if self.shared is None:
            return None
        found = await self.shared.find(request)
        here = self._flights.get(request.signature)
        if found is not None and here is not None:
            found.joiners += 1
            found.joiner_leaves()  # nobody follows it after all
        return here or found

    async def _lead(self, request: CallerRequest, answer: ClientAnswer, record: RequestRecord, work: Work) -> None:
        flight = Flight(request, answer)
        flight.record = record
        answer.leaves = flight.leader_leaves
        self._flights[request.signature] = flight
        try:
            await work(request, flight, record)
        finally:
            flight.close()
            self._let_go(request, flight)

    def _let_go(self, request: CallerRequest, flight: Flight) -> None:
        """Forget the flight: at once, or after `error_hold` seconds if it failed."""
        seconds = request.config.settings.deduplication.error_hold
        if not flight.failed or seconds <= 0:
            return self._forget(request.signature, flight)
        loop = asyncio.get_running_loop()
        flight.hold_until = loop.time() + seconds
        loop.call_later(seconds, self._forget, request.signature, flight)
        return None

    def _forget(self, signature: str, flight: Flight) -> None:
        if self._flights.get(signature) is flight:
            del self._flights[signature]
            if self.shared is not None:
                self.shared.release(signature)

    async def _follow(
        self, flight: Flight, request: CallerRequest, answer: ClientAnswer, record: RequestRecord
    ) -> bool:
        """Answer from the flight. False if it takes longer than `wait` seconds to say anything, or was cancelled."""
        flight.joiners += 1
        self.joins += 1
        record.joined = True
        try:
            return await follow(flight, request, answer, record)
        finally:
            flight.joiner_leaves()


def _joins(request: CallerRequest, flight: Flight) -> bool:
    """Whether the flight has an answer for the request, and may share it."""
    has_answer = flight.keeps and flight.ended != "broken"
    return has_answer and may_share(request, flight.request.headers.get("idempotency-key"))


async def follow(flight: Flight, request: CallerRequest, answer: Answer, record: RequestRecord) -> bool:
    """Replay what is there, then pass on what comes. False if nothing of use came: then the caller asks by itself."""
    streams = request.stream and flight.request.stream
    try:
        async with asyncio.timeout(request.config.settings.deduplication.wait):
            while not flight.ended and not (streams and flight.started):
                await flight.changed()
    except TimeoutError:
        return False
    if not flight.started or (flight.ended == "broken" and not streams):
        return False
    if flight.status >= 400 or request.stream == flight.request.stream:
        await _replay(flight, answer)
    elif (converted := _converted(flight, request)) is not None:
        await answer.whole(200, *converted)
    else:
        return False
    _share(flight, record)
    return True


async def _replay(flight: Flight, answer: Answer) -> None:
    await answer.start(flight.status, _headers(flight) + JOINED)
    sent = 0
    while True:
        parts, ended = flight.parts[sent:], flight.ended
        if parts:
            await answer.write(b"".join(parts))
            sent += len(parts)
        elif ended:
            break
        else:
            await flight.changed()
    await (answer.finish() if flight.ended == "whole" else answer.abort())


def _converted(flight: Flight, request: CallerRequest) -> tuple[Headers, bytes] | None:
    """A whole answer as a stream, or a stream as a whole answer; None if a provider wrote it so that it cannot be."""
    raw = b"".join(flight.parts)
    kept = [(name, value) for name, value in _headers(flight) if name not in _OF_THE_BODY] + JOINED
    try:
        if request.stream:
            return kept + EVENT_STREAM, translating.stream_of(request, json_text.loads(raw))
        body = assemble(request.surface.format, SseParser().feed(raw))
        return [*kept, (b"content-type", b"application/json")], json_text.encode(body)
    except ODD_VALUES:
        return None


_OF_THE_BODY = frozenset({b"content-type", b"content-length", b"cache-control", b"x-accel-buffering"})


def _headers(flight: Flight) -> Headers:
    """The flight's headers; a failure that is held names the time until it is let go, so that no retry is wasted."""
    held = flight.hold_until - asyncio.get_running_loop().time()
    if held <= 0:
        return flight.headers
    named = max([int(value) for name, value in flight.headers if name == b"retry-after"], default=0)
    kept = [(name, value) for name, value in flight.headers if name != b"retry-after"]
    return [*kept, (b"retry-after", str(max(named, math.ceil(held))).encode())]


def _share(flight: Flight, record: RequestRecord) -> None:
    """The outcome is that of the first caller; its attempts and tokens are counted there, once."""
    record.outcome = "broken" if flight.ended == "broken" else "failed" if flight.status >= 400 else "ok"
    if flight.record is not None:
        record.provider, record.reason = flight.record.provider, flight.record.reason
