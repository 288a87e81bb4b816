"""Sends live events to listeners: calls, sessions, reloads. A listener that is too slow misses events."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

WAITING = 1000  # events that may wait for one listener
HEARTBEAT = 15.0  # seconds between comments, which keep proxies from closing a quiet stream


@dataclass(eq=False)
class Listening:
    """One listener, of one session or of all."""

    session: str | None
    queue: asyncio.Queue[bytes] = field(default_factory=lambda: asyncio.Queue(WAITING))
    missed: int = 0

    def put(self, event: bytes) -> None:
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.missed += 1


class Hub:
    """The listeners of the server. Any thread may call `publish`; the loop delivers the events."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._listening: set[Listening] = set()

    @property
    def silent(self) -> bool:
        """Whether nobody listens."""
        return not self._listening

    def publish(self, kind: str, data: dict[str, Any], session: str | None = None) -> None:
        """Sends an event to the listeners of the session, or to all."""
        if self.silent or self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._deliver, event(kind, data), session)

    def _deliver(self, data: bytes, session: str | None) -> None:
        for one in self._listening:
            if session is None or one.session in (None, session):
                one.put(data)

    async def listen(self, session: str | None) -> AsyncGenerator[bytes]:
        """Yields events from now on."""
        one = Listening(session)
        self._listening.add(one)
        try:
            yield b": mdt\n\n"
            while True:
                yield await _next(one)
        finally:
            self._listening.discard(one)


async def _next(one: Listening) -> bytes:
    if one.missed and one.queue.empty():
        missed, one.missed = one.missed, 0
        return event("missed", {"count": missed})
    try:
        return await asyncio.wait_for(one.queue.get(), HEARTBEAT)
    except TimeoutError:
        return b": still here\n\n"


def event(kind: str, data: dict[str, Any]) -> bytes:
    return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()
