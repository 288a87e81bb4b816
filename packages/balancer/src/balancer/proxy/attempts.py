"""The attempt loop, one for all paths: which provider is asked next, and when to stop.

SELECT → CONNECT → HEADERS → HOLD → COMMIT → RELAY → END. What fails before COMMIT goes to the next provider; what breaks
after it ends the caller's stream with an error.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from functools import partial

from balancer.proxy import exchange
from balancer.proxy.answer import Answer
from balancer.proxy.classification import AttemptFailedError, Failure, Kind, of_fault
from balancer.proxy.config import Target
from balancer.proxy.exchange import AnswerBrokenError
from balancer.proxy.health import Lease
from balancer.proxy.hedging import Entry, Hedge
from balancer.proxy.hold import Attempt
from balancer.proxy.pursuit import Pursuit, Visit
from balancer.proxy.record import AttemptRecord
from balancer.proxy.translating import UNTRANSLATABLE


async def ask_in_turn(pursuit: Pursuit) -> Failure | None:
    """None after an answer; else the failure to tell the caller of. Raises AnswerBrokenError after content."""
    failure = of_fault("no_provider_ready", pursuit.request.config.settings)
    leases = _leases(pursuit)
    for target, lease in leases:
        found = await _ask(pursuit, target, lease, leases)
        if found is None:
            return None
        failure = found
        pursuit.failures.append(failure)
        if not _fails_over(pursuit, target, failure):
            break
    return failure


async def _ask(pursuit: Pursuit, target: Target, lease: Lease, others: Iterator[Entry]) -> Failure | None:
    """Ask this provider, and with hedging others too if it is slow."""
    hedge = pursuit.request.config.settings.hedge
    delay = pursuit.runtime.latencies.delay(hedge) if hedge.enabled and pursuit.may_repeat else None
    if delay is None:
        return await _visit(pursuit, target, lease, pursuit.answer)
    race = Hedge(pursuit.answer, partial(_visit, pursuit), others, delay, hedge.max_extra)
    return await race.run((target, lease), pursuit.failures)


def _leases(pursuit: Pursuit) -> Iterator[Entry]:
    """The targets to ask, in turn, each with leave to ask it; at the end one that is out, if none else is left."""
    runtime, request = pursuit.runtime, pursuit.request
    preferred = runtime.affinity.preferred(request)
    for target in runtime.selector.ordered(request.route, pursuit.usable, preferred):
        if pursuit.may_go_on and pursuit.usable(target.provider) and (lease := runtime.health.begin(target.provider)):
            yield target, lease
    names = [one.provider for one in request.route.targets if one.provider not in pursuit.asked]
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


async def _visit(
    pursuit: Pursuit,
    target: Target,
    lease: Lease,
    answer: Answer,
    hedge: bool = False,  # noqa: FBT002
) -> Failure | None:
    """Ask one provider, once more where that may help, and tell its health how it went."""
    visit = Visit(pursuit, target, lease, answer, hedge)
    pursuit.asked.add(target.provider)
    pursuit.record.hedged = pursuit.record.hedged or hedge
    try:
        failure = await _try(visit)
        again = pursuit.request.config.settings.retry.same_provider
        while failure is not None and again > 0 and await _pause(pursuit, failure, again):
            again -= 1
            failure = await _try(visit)
        _report(visit, failure)
    except AnswerBrokenError as broken:
        _report(visit, broken.failure)
        raise
    finally:
        pursuit.runtime.health.release(lease)
    return failure


def _report(visit: Visit, failure: Failure | None) -> None:
    runtime, request, lease, record = visit.pursuit.runtime, visit.pursuit.request, visit.lease, visit.pursuit.record
    if failure is None:
        runtime.health.success(lease)
        runtime.selector.observe(lease.provider, visit.ttft)
        runtime.latencies.add(visit.ttft)
        record.sticky = runtime.affinity.remember(request, lease.provider, record.usage)
        record.provider = lease.provider
    elif failure.counts:
        runtime.health.failure(lease, failure.reason, failure.retry_after, status=failure.status)
    elif failure.retry_after and failure.kind is Kind.THROTTLE:
        runtime.health.postpone(lease, failure.retry_after)


async def _pause(pursuit: Pursuit, failure: Failure, again: int) -> bool:
    """Wait before the same provider is asked once more. False if that should not be."""
    if not pursuit.may_go_on or not pursuit.may_repeat:
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


async def _try(visit: Visit) -> Failure | None:
    """One upstream call."""
    pursuit, target = visit.pursuit, visit.target
    config = pursuit.request.config
    log = AttemptRecord(target.provider, target.model_for(pursuit.request.model))
    log.probe, log.hedge = visit.lease.probe, visit.hedge
    pursuit.record.attempts.append(log)
    pursuit.left -= 1
    provider = config.by_name[target.provider]
    attempt = Attempt(pursuit.request, target, provider, config.settings, visit.answer, pursuit.record, log)
    try:
        await exchange.run(attempt, pursuit.runtime.upstream)
    except AttemptFailedError as failed:
        log.outcome, log.kind = failed.failure.reason, failed.failure.kind.value
        return failed.failure
    except AnswerBrokenError as broken:
        log.outcome, log.kind = broken.failure.reason, "broken"
        raise
    finally:
        log.seconds = time.perf_counter() - attempt.began
        visit.ttft = log.ttft or log.seconds
    log.outcome = "ok"
    return None
