"""One request's way through the providers: what it has tried, and what it may still try."""

import time
from dataclasses import dataclass, field

from balancer.proxy.answer import Answer
from balancer.proxy.classification import Failure
from balancer.proxy.config import Target
from balancer.proxy.health import Lease
from balancer.proxy.record import RequestRecord
from balancer.proxy.request import CallerRequest
from balancer.proxy.runtime import Runtime


@dataclass(slots=True)
class Pursuit:
    """One request on its way through the providers.

    `left` counts the upstream calls that it may still make, `ends` is the deadline for beginning one; `asked` are the
    providers that were asked, `skipped` those that are not to be.
    """

    runtime: Runtime
    request: CallerRequest
    answer: Answer
    record: RequestRecord
    left: int
    ends: float
    failures: list[Failure] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)

    def usable(self, name: str) -> bool:
        """Whether the provider may be asked now."""
        return name not in self.skipped and self.runtime.health.usable(name)

    @property
    def may_go_on(self) -> bool:
        return self.left > 0 and time.monotonic() < self.ends

    @property
    def may_repeat(self) -> bool:
        """Whether a provider that has the request may get it once more: tools that run there may have run."""
        return self.request.config.settings.retry.server_tools or not self.request.has_server_tools


@dataclass(slots=True)
class Visit:
    """One provider's turn: one call, or more where it is asked again. `ttft` is the last one's, in seconds."""

    pursuit: Pursuit
    target: Target
    lease: Lease
    answer: Answer
    hedge: bool
    ttft: float = 0.0
