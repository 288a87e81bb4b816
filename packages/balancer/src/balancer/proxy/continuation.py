"""Answers that go on at the next provider after the first one's stream broke: only where `on_break` asks for it."""

from dataclasses import replace

from balancer.proxy.answer import Answer, Headers
from balancer.proxy.body import read
from balancer.proxy.request import CallerRequest
from balancer.proxy.splice import SentSoFar, joined, splice_for
from balancer.wire.sse import SseParser, encode

CONTINUED = b": continued by another provider\n\n"


class TrackedAnswer:
    """Passes everything on, and remembers in `sent` what the caller has of a stream."""

    def __init__(self, answer: Answer, request: CallerRequest) -> None:
        self.sent = SentSoFar(request.surface.format)
        self._answer = answer
        self._parser = SseParser()

    @property
    def started(self) -> bool:
        return self._answer.started

    async def start(self, status: int, headers: Headers) -> None:
        await self._answer.start(status, headers)

    async def write(self, data: bytes) -> None:
        for event in self._parser.feed(data):
            self.sent.feed(event)
        await self._answer.write(data)

    async def finish(self) -> None:
        await self._answer.finish()

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        await self._answer.whole(status, headers, body)

    async def abort(self) -> None:
        await self._answer.abort()


class ContinuedAnswer:
    """Takes a second provider's stream, and writes what the caller does not have of it behind the first one's."""

    started = True

    def __init__(self, answer: TrackedAnswer, *, identical: bool) -> None:
        self._answer = answer
        self._splice = splice_for(answer.sent, identical=identical)
        self._parser = SseParser()
        self._marked = False

    async def start(self, status: int, headers: Headers) -> None:
        """The caller has its status and headers."""

    async def write(self, data: bytes) -> None:
        events = self._parser.feed(data)
        new = b"".join(encode(one) for event in events for one in joined(self._splice, event))
        mark = b"" if self._marked or not new else CONTINUED
        self._marked = self._marked or bool(new)
        if new or not events:
            await self._answer.write(mark + new if events else data)

    async def finish(self) -> None:
        await self._answer.finish()

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """The second provider ignored `stream`: `body` is its answer as a stream."""
        await self.write(body)
        await self.finish()

    async def abort(self) -> None:
        await self._answer.abort()


def continued_request(request: CallerRequest, text: str) -> CallerRequest:
    """The request with the text so far as the beginning of the assistant's answer.

    Anthropic refuses such a message that ends with white space, and its newest models refuse any.
    """
    messages = [*request.body.values["messages"], {"role": "assistant", "content": text.rstrip()}]
    raw = request.body.changed({"messages": messages})
    return replace(request, raw=raw, body=read(raw))
