"""The answer to one caller: status and headers once, then pieces, then an end, or an end that nobody takes for one."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from balancer.proxy.connection import abort_of

type Headers = list[tuple[bytes, bytes]]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

EVENT_STREAM: Headers = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]


class Answer(Protocol):
    """Where the balancer writes an answer: a caller's connection, or a buffer that several callers read."""

    @property
    def started(self) -> bool: ...

    async def start(self, status: int, headers: Headers) -> None: ...
    async def write(self, data: bytes) -> None: ...
    async def finish(self) -> None: ...
    async def whole(self, status: int, headers: Headers, body: bytes) -> None: ...
    async def abort(self) -> None: ...


class ClientAnswer:
    """An answer on one ASGI connection. After `detach` it goes nowhere: its caller has left, but others still read it.

    `leaves` is asked when the caller goes: whether the work for it may stop.
    """

    def __init__(self, scope: MutableMapping[str, Any], send: Send, request_id: str) -> None:
        self.started = False
        self.done = False
        self.status = 0
        self.bytes_out = 0
        self.leaves: Callable[[], bool] = lambda: True
        self._scope = scope
        self._send: Send | None = send
        self._request_id = request_id.encode()

    def detach(self) -> None:
        self._send = None

    async def start(self, status: int, headers: Headers) -> None:
        self.started, self.status = True, status
        await self._say(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [*headers, (b"x-request-id", self._request_id)],
            }
        )

    async def write(self, data: bytes) -> None:
        self.bytes_out += len(data)
        await self._say({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self) -> None:
        self.done = True
        await self._say({"type": "http.response.body", "body": b"", "more_body": False})

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """An answer in one piece."""
        await self.start(status, [*headers, (b"content-length", str(len(body)).encode())])
        self.done, self.bytes_out = True, len(body)
        await self._say({"type": "http.response.body", "body": body, "more_body": False})

    async def abort(self) -> None:
        self.done = True
        if self._send is not None:
            abort_of(self._scope)()

    async def _say(self, message: MutableMapping[str, Any]) -> None:
        if self._send is not None:
            await self._send(message)
