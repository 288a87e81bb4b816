"""The attempt loop, one for all paths: which provider is asked next, and when to stop.

SELECT → CONNECT → HEADERS → HOLD → COMMIT → RELAY → END. What fails before COMMIT goes to the next provider; what breaks
after it ends the caller's stream with an error.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from balancer.proxy import exchange
from balancer.proxy.answer import Answer
from balancer.proxy.classification import AttemptFailedError, Failure, Kind, of_fault
from balancer.proxy.config import ProviderSettings, Target
from balancer.proxy.exchange import AnswerBrokenError, Attempt
from balancer.proxy.health import Lease
from balancer.proxy.record import AttemptRecord, RequestRecord
from balancer.proxy.request import CallerRequest
from balancer.proxy.runtime import Runtime
from balancer.proxy.translating import UNTRANSLATABLE


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
        """Whether the provider may be asked now; one that a reload took away may not."""
        return name not in self.skipped and name in self.runtime.health and self.runtime.health.usable(name)

    @property
    def may_go_on(self) -> bool:
        return self.left > 0 and time.monotonic() < self.ends


async def ask_in_turn(pursuit: Pursuit) -> Failure | None:
    """None after an answer; else the failure to tell the caller of. Raises AnswerBrokenError after content."""
    failure = of_fault("no_provider_ready", pursuit.request.config.settings)
    for target, lease in _leases(pursuit):
        found = await _visit(pursuit, target, lease)
        if found is None:
            return None
        failure = found
        pursuit.failures.append(failure)
        if not _fails_over(pursuit, target, failure):
            break
    return failure


def _leases(pursuit: Pursuit) -> Iterator[tuple[Target, Lease]]:
    """The targets to ask, in turn, each with leave to ask it; at the end one that is out, if none else is left."""
    runtime, request = pursuit.runtime, pursuit.request
    preferred = runtime.affinity.preferred(request)
    for target in runtime.selector.ordered(request.route, pursuit.usable, preferred):
        if pursuit.may_go_on and pursuit.usable(target.provider) and (lease := runtime.health.begin(target.provider)):
            yield target, lease
    unknown = {one.provider for one in request.route.targets if one.provider not in runtime.health}
    names = [one.provider for one in request.route.targets if one.provider not in pursuit.asked | unknown]
    last = runtime.health.last_resort(names) if pursuit.may_go_on else None
    if last is not None and (lease := runtime.health.begin(last, last_resort=True)):
        yield next(one for one in request.route.targets if one.provider == last), lease


def _fails_over(pursuit: Pursuit, target: Target, failure: Failure) -> bool:
    """The caller's own fault stays one anywhere. With `failover_on: unhealthy` only what takes a provider out moves on."""
    if failure.reason == UNTRANSLATABLE:
        return True
    if failure.kind is Kind.CALLER:
        return False
    if pursuit.request.config.settings.failover_on == "error":
        return True
    return not pursuit.usable(target.provider)


async def _visit(pursuit: Pursuit, target: Target, lease: Lease) -> Failure | None:
    """Ask one provider, once more where that may help, and tell its health how it went."""
    health, provider = pursuit.runtime.health, pursuit.request.config.by_name[target.provider]
    pursuit.asked.add(target.provider)
    try:
        failure = await _try(pursuit, target, provider, lease)
        again = pursuit.request.config.settings.retry.same_provider
        while failure is not None and again > 0 and await _pause(pursuit, failure, again):
            again -= 1
            failure = await _try(pursuit, target, provider, lease)
        _report(pursuit, lease, failure)
    except AnswerBrokenError as broken:
        _report(pursuit, lease, broken.failure)
        raise
    finally:
        health.release(lease)
    return failure


def _report(pursuit: Pursuit, lease: Lease, failure: Failure | None) -> None:
    runtime, request = pursuit.runtime, pursuit.request
    if failure is None:
        runtime.health.success(lease)
        answered = pursuit.record.attempts[-1]
        runtime.selector.observe(lease.provider, answered.seconds if answered.ttft is None else answered.ttft)
        pursuit.record.sticky = runtime.affinity.remember(request, lease.provider, pursuit.record.usage)
        pursuit.record.provider = lease.provider
    elif failure.counts:
        runtime.health.failure(lease, failure.reason, failure.retry_after, status=failure.status)


async def _pause(pursuit: Pursuit, failure: Failure, again: int) -> bool:
    """Wait before the same provider is asked once more. False if that should not be."""
    if not pursuit.may_go_on or (
        pursuit.request.has_server_tools and not pursuit.request.config.settings.retry.server_tools
    ):
        return False
    seconds = _wait(pursuit, failure, again)
    if seconds is None or time.monotonic() + seconds > pursuit.ends:
        return False
    await asyncio.sleep(seconds)
    return True


def _wait(pursuit: Pursuit, failure: Failure, again: int) -> float | None:
    """Seconds; None if the next provider is the better choice."""
    retry = pursuit.request.config.settings.retry
    if failure.retry_same and failure.retry_after is None:
        longest: float = min(retry.cap, retry.base * 2 ** (retry.same_provider - again))
        return longest * random.uniform(0.5, 1)  # noqa: S311 - spreads repetitions, guards nothing
    short = failure.retry_after is not None and failure.retry_after <= retry.honor_retry_after_up_to
    if failure.kind is Kind.THROTTLE and short and not _others(pursuit):
        return failure.retry_after
    return None


def _others(pursuit: Pursuit) -> bool:
    """Whether another provider of the route could be asked now."""
    names = (one.provider for one in pursuit.request.route.targets)
    return any(name not in pursuit.asked and pursuit.usable(name) for name in names)


async def _try(pursuit: Pursuit, target: Target, provider: ProviderSettings, lease: Lease) -> Failure | None:
    """One upstream call."""
    log = AttemptRecord(target.provider, target.model_for(pursuit.request.model), probe=lease.probe)
    pursuit.record.attempts.append(log)
    pursuit.left -= 1
    attempt = Attempt(
        pursuit.request, target, provider, pursuit.request.config.settings, pursuit.answer, pursuit.record, log
    )
    began = time.perf_counter()
    try:
        await exchange.run(attempt, pursuit.runtime.upstream)
    except AttemptFailedError as failed:
        log.outcome, log.kind = failed.failure.reason, failed.failure.kind.value
        return failed.failure
    except AnswerBrokenError as broken:
        log.outcome, log.kind = broken.failure.reason, "broken"
        raise
    finally:
        log.seconds = time.perf_counter() - began
    log.outcome = "ok"
    return None
