"""An attempt, and the events that it holds back until its stream has content."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from balancer.proxy.answer import Answer
from balancer.proxy.config import ProviderSettings, Settings, Target
from balancer.proxy.record import AttemptRecord, RequestRecord
from balancer.proxy.relay import PING, StreamRelay
from balancer.proxy.request import CallerRequest


@dataclass(slots=True)
class Attempt:
    """Everything that one attempt works with."""

    request: CallerRequest
    target: Target
    provider: ProviderSettings
    settings: Settings
    answer: Answer
    record: RequestRecord
    log: AttemptRecord
    began: float = field(default_factory=time.perf_counter)

    def has_content(self) -> None:
        """The first content came, or all of it."""
        now = time.perf_counter()
        self.log.ttft = now - self.began
        self.record.ttft = self.record.ttft or now - self.record.started

    @property
    def same_format(self) -> bool:
        return self.provider.type is self.request.surface.format

    @property
    def path(self) -> str:
        return self.request.surface.upstream[self.provider.type]


async def hold(attempt: Attempt, relay: StreamRelay, open_early: Callable[[], Awaitable[None]]) -> tuple[bytes, bool]:
    """The events up to the first content, and whether the stream is over with them.

    Raises AttemptFailedError if there is none in time. Reaching a limit of events, bytes or seconds commits too. After
    `hold_max_seconds` a provider's pings reach the caller as comments, so that its connection stays alive.
    """
    limits, timeouts = attempt.settings.stream, attempt.provider.timeouts
    whole = attempt.provider.streaming_mode == "background"
    began = time.monotonic()
    held, events, size = [], 0, 0
    while True:
        waited = time.monotonic() - began
        seconds = timeouts.idle if whole and events else max(timeouts.first_token - waited, 0)
        piece = await relay.next(seconds, "timeout_first_token")
        held.append(piece.data)
        events, size = events + piece.events, size + len(piece.data)
        if piece.ended or (piece.content and not whole):
            return b"".join(held), piece.ended
        late = time.monotonic() - began > limits.hold_max_seconds
        if late and piece.ping:
            await open_early()
            await attempt.answer.write(PING)
        elif _is_full(attempt, whole, events, size) or (late and not whole):
            return b"".join(held), False


def _is_full(attempt: Attempt, whole: bool, events: int, size: int) -> bool:
    if whole:
        return size >= attempt.settings.deduplication.max_buffer
    return events >= attempt.settings.stream.hold_max_events or size >= attempt.settings.stream.hold_max_bytes
