"""What one request did, for the log line, the metrics and the page. It holds categories and counts, no text and no secret."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from balancer.wire.usage import Usage


@dataclass(slots=True)
class AttemptRecord:
    """One upstream call. `outcome` is "ok", "abandoned" (the caller left) or a failure's category; `seconds` its duration.

    `status` is the provider's HTTP status, None when no headers came. `ttft` is the time to its first content.
    """

    provider: str
    model: str
    outcome: str = "abandoned"
    kind: str = ""
    status: int | None = None
    seconds: float = 0.0
    ttft: float | None = None
    probe: bool = False
    hedge: bool = False


@dataclass(slots=True)
class RequestRecord:
    """One request from its first byte to its last. Times are seconds; `tenant` is a hash, never a key.

    `outcome`: ok, refused (bad input), failed (no provider could), broken (after content), client_gone, error (our fault).
    """

    method: str
    path: str
    request_id: str = field(default_factory=lambda: f"req_{uuid.uuid4().hex}")
    started: float = field(default_factory=time.perf_counter)
    tenant: str = ""
    model: str = ""
    stream: bool = False
    status: int = 0
    outcome: str = "error"
    reason: str = ""
    attempts: list[AttemptRecord] = field(default_factory=list)
    provider: str = ""
    usage: Usage = field(default_factory=Usage)
    usage_estimated: bool = False
    ttft: float | None = None
    seconds: float = 0.0
    upstream_seconds: float = 0.0
    joined: bool = False
    sticky: bool = False
    continued: bool = False
    hedged: bool = False
    bytes_in: int = 0
    bytes_out: int = 0

    def settle(self) -> None:
        """The request is over: fix its durations. What is not spent upstream is the balancer's own."""
        self.seconds = time.perf_counter() - self.started
        self.upstream_seconds = sum(one.seconds for one in self.attempts)


type Observer = Callable[[RequestRecord], None]
"""Called once for each request, when it is over, however it ended."""
