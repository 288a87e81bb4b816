"""One upstream answer that several callers may read while it comes."""

import asyncio

from balancer.proxy.answer import ClientAnswer, Headers
from balancer.proxy.record import RequestRecord
from balancer.proxy.request import CallerRequest


def may_share(request: CallerRequest, key: str | None) -> bool:
    """Whether the request may share the flight of an equal one, which was begun with this idempotency key."""
    if request.is_retry or request.config.settings.deduplication.mode == "all":
        return True
    return key is not None and key == request.headers.get("idempotency-key")


class Flight:
    """One upstream answer on its way to its first caller, kept for those who join. It is an Answer itself.

    `joiners` counts those who follow it now. `ended` is "" while it is under way, then "whole" or "broken".
    """

    def __init__(self, request: CallerRequest, answer: ClientAnswer) -> None:
        self.request = request
        self.started = False
        self.status = 0
        self.headers: Headers = []
        self.parts: list[bytes] = []
        self.size = 0
        self.ended = ""
        self.joiners = 0
        self.keeps = True
        self.hold_until = 0.0
        self.record: RequestRecord | None = None
        self._answer = answer
        self._changed = asyncio.Event()
        self._worker = asyncio.current_task()
        self._left = False

    @property
    def failed(self) -> bool:
        return self.status >= 400 and self.ended == "whole"

    def leader_leaves(self) -> bool:
        """The first caller leaves. Whether the upstream call may end: it may not while others follow."""
        self._left = True
        if self.joiners:
            self._answer.detach()
        return not self.joiners

    def joiner_leaves(self) -> None:
        """A caller that joined leaves. The last one takes the upstream call with it if the first has left."""
        self.joiners -= 1
        if not self.joiners and self._left and not self.ended and self._worker is not None:
            self._worker.cancel()

    async def start(self, status: int, headers: Headers) -> None:
        self.started, self.status, self.headers = True, status, headers
        self._wake()
        await self._answer.start(status, headers)

    async def write(self, data: bytes) -> None:
        self._keep(data)
        self._wake()
        await self._answer.write(data)

    async def finish(self) -> None:
        self._end("whole")
        await self._answer.finish()

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        self.started, self.status, self.headers = True, status, headers
        self._keep(body)
        self._end("whole")
        await self._answer.whole(status, headers, body)

    async def abort(self) -> None:
        self._end("broken")
        await self._answer.abort()

    def close(self) -> None:
        """The work is over. Without an end it was cancelled."""
        if not self.ended:
            self._end("broken")

    async def changed(self) -> None:
        """Wait for more of it, or for its end."""
        await self._changed.wait()

    def _keep(self, data: bytes) -> None:
        limit = self.request.config.settings.deduplication.max_buffer
        if self.keeps:
            self.size += len(data)
            self.parts.append(data)
        if self.size > limit and not self.joiners:
            self.keeps = False
            self.parts.clear()

    def _end(self, how: str) -> None:
        self.ended = how
        self._wake()

    def _wake(self) -> None:
        if self.joiners:
            self._changed.set()
            self._changed = asyncio.Event()
