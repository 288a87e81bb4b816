"""Sends a stream at the pace of a model, and breaks it where the scenario says."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from mdt.server.exchange import StreamBrokenError

from balancer.mock.behaviors import ProviderBehavior
from balancer.mock.scenario import ProviderConfig
from balancer.wire import sse
from balancer.wire.errors import error_body, error_event
from balancer.wire.formats import Format
from balancer.wire.sse import Event

SLOW_FIRST_TOKEN_MS = 5000  # without a ttft_ms of its own
MALFORMED = b'data: {"type":"content_block_delta","delta":{"te\n\n'


@dataclass(frozen=True, slots=True)
class Script:
    """The events of one stream, and where its content is."""

    events: list[Event]
    is_content: Callable[[Event], bool]
    format: Format
    provider: ProviderConfig
    behavior: ProviderBehavior
    error_event: Callable[[Format, dict[str, Any]], Event] = error_event

    def break_at(self) -> int:
        """The index of the event before which it breaks: after so many pieces of content, at most at the end of them."""
        content = [at for at, event in enumerate(self.events) if self.is_content(event)]
        after = self.provider.fault_after_chunks
        if after < len(content):
            return content[after]
        return content[-1] + 1 if content else len(self.events) - 1


class Pace:
    """The pauses between pieces of content: the time to the first token, then tokens per second, with jitter."""

    def __init__(self, provider: ProviderConfig, behavior: ProviderBehavior) -> None:
        slow = behavior is ProviderBehavior.SLOW_FIRST_TOKEN
        self._first = (provider.ttft_ms or (SLOW_FIRST_TOKEN_MS if slow else 0)) / 1000
        self._next = 1 / provider.tokens_per_second if provider.tokens_per_second else 0.0
        self._jitter = provider.jitter
        self._random = random.Random(provider.seed)  # noqa: S311 - no secret

    async def pause(self) -> None:
        seconds, self._first = self._first or self._next, 0.0
        if seconds:
            await asyncio.sleep(max(0.0, seconds * (1 + self._jitter * self._random.uniform(-1, 1))))


async def play(script: Script, sent: Callable[[], None]) -> AsyncGenerator[bytes]:
    """The stream as bytes, one piece an event; `sent` is called after each."""
    pace = Pace(script.provider, script.behavior)
    fault = FAULTS.get(script.behavior)
    break_at = script.break_at() if fault is not None else -1
    for at, event in enumerate(_shown(script)):
        if at == break_at and fault is not None:
            yield await fault(script)
            if script.behavior is not ProviderBehavior.STREAM_MALFORMED:
                return
        if script.is_content(event):
            await pace.pause()
        yield sse.encode(event)
        sent()


def _shown(script: Script) -> list[Event]:
    """STREAM_NO_DONE lacks the last event: `[DONE]`, or `message_stop`."""
    if script.behavior is ProviderBehavior.EMPTY_STREAM:
        return []
    return script.events[:-1] if script.behavior is ProviderBehavior.STREAM_NO_DONE else script.events


async def _cut(script: Script) -> bytes:
    """Ends the connection without the last chunk."""
    raise StreamBrokenError(reset=script.provider.cut == "reset")


async def _truncated(_: Script) -> bytes:
    """Ends the answer as if it were whole."""
    return b""


async def _stall(script: Script) -> bytes:
    is_timeout = script.behavior is ProviderBehavior.TIMEOUT
    silence = script.provider.timeout_ms if is_timeout else script.provider.stall_ms
    await asyncio.sleep(silence / 1000)
    raise StreamBrokenError


async def _error_event(script: Script) -> bytes:
    status = script.provider.error_http_code or 529
    message = script.provider.error_message or "Overloaded"
    return sse.encode(script.error_event(script.format, error_body(script.format, status, message)))


async def _malformed(script: Script) -> bytes:
    """One event whose JSON breaks off; the others follow."""
    return (b"event: content_block_delta\n" if script.format is Format.ANTHROPIC else b"") + MALFORMED


type _Fault = Callable[[Script], Awaitable[bytes]]
FAULTS: dict[ProviderBehavior, _Fault] = {
    ProviderBehavior.STREAM_CUT: _cut,
    ProviderBehavior.CONNECTION_ERROR: _cut,
    ProviderBehavior.STREAM_TRUNCATED: _truncated,
    ProviderBehavior.STREAM_STALL: _stall,
    ProviderBehavior.TIMEOUT: _stall,
    ProviderBehavior.STREAM_ERROR_EVENT: _error_event,
    ProviderBehavior.STREAM_MALFORMED: _malformed,
}
"""What happens at the place where a stream breaks: the last bytes, or the error that ends the connection."""
