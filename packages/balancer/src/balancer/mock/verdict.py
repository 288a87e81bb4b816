"""Judges a client, such as a balancer, by the journal: does it behave as the providers ask?"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from typing import Any

from balancer.mock.behaviors import BROKEN_STREAMS
from balancer.mock.journal import BROKEN, Entry

NOT_RETRYABLE = frozenset({400, 401, 403, 404, 413, 422})
SLACK = 0.05  # seconds; timers are not exact
NO_PAUSE = 0.02  # seconds; who asks again so soon after an error has not waited


@dataclass(frozen=True, slots=True)
class Rules:
    """What the client promises. `threshold` failures in a row close a provider for `cooldown` seconds."""

    max_attempts: int = 6  # at all providers together for one request, with the SDK's own retries
    threshold: int = 2
    cooldown: float | None = None  # None: no promise, so hammering is not looked for


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise. `entries` are numbers of the journal."""

    kind: str
    provider: str | None
    message: str
    entries: tuple[int, ...] = field(default=())


def verdict(entries: Iterable[Entry], rules: Rules | None = None, providers: Iterable[str] = ()) -> list[Finding]:
    """Everything that the client did wrong; empty if it behaved. `providers` are those that it may ask."""
    seen = list(entries)
    rules = rules or Rules()
    by_request: dict[str, list[Entry]] = defaultdict(list)
    by_provider: dict[str, list[Entry]] = defaultdict(list)
    for one in seen:
        by_provider[one.provider].append(one)
        if one.digest:
            by_request[one.digest].append(one)
    found = [finding for tries in by_request.values() for finding in _of_request(tries, rules)]
    found += [finding for calls in by_provider.values() for finding in _too_early(calls)]
    found += _hammering(by_provider, rules, providers)
    return sorted(found, key=lambda one: one.entries)


def as_json(findings: list[Finding]) -> dict[str, Any]:
    return {"ok": not findings, "findings": [asdict(one) for one in findings]}


def _of_request(tries: list[Entry], rules: Rules) -> list[Finding]:
    """One digest may belong to several requests of the same words, so only what follows a failure counts as a retry."""
    found = []
    chain = _chain(tries)
    if len(chain) > rules.max_attempts:
        text = f"One request was tried {len(chain)} times; {rules.max_attempts} are allowed"
        found.append(Finding("retry_storm", None, text, _numbers(chain)))
    for before, after in _neighbours(tries):
        if before.status in NOT_RETRYABLE:
            text = f"The provider answered {before.status}, which no repetition mends, and was asked the same again"
            found.append(Finding("retried_non_retryable", before.provider, text, _numbers([before, after])))
        elif _without_pause(before, after):
            text = f"After {before.status} the same request came again within {NO_PAUSE * 1000:.0f} ms"
            found.append(Finding("no_backoff", before.provider, text, _numbers([before, after])))
    last = tries[-1]
    if last.outcome == BROKEN and last.stream and not last.chunks and last.behavior in BROKEN_STREAMS:
        text = "The stream ended before its first event, and nobody asked again"
        found.append(Finding("truncated_stream_accepted", last.provider, text, (last.number,)))
    return found


def _chain(tries: list[Entry]) -> list[Entry]:
    """The longest run of attempts that each follow a failure."""
    longest: list[Entry] = []
    run: list[Entry] = []
    for one in tries:
        run = [*run, one] if run and run[-1].failed else [one]
        longest = max(longest, run, key=len)
    return longest


def _neighbours(tries: list[Entry]) -> list[tuple[Entry, Entry]]:
    """Attempts at one provider, each with the next one there."""
    by_provider: dict[str, list[Entry]] = defaultdict(list)
    for one in tries:
        by_provider[one.provider].append(one)
    return [pair for calls in by_provider.values() for pair in pairwise(calls)]


def _without_pause(before: Entry, after: Entry) -> bool:
    is_answer = before.status is not None and before.status >= 429
    return is_answer and before.ended is not None and 0 <= after.clock - before.ended < NO_PAUSE


def _too_early(calls: list[Entry]) -> list[Finding]:
    """Requests that came before the end of a Retry-After."""
    found = []
    until, asked = 0.0, None
    for one in calls:
        if asked is not None and one.clock < until - SLACK:
            text = f"Retry-After asked for {asked.retry_after:g} s, and the next request came {until - one.clock:.2f} s too early"
            found.append(Finding("retry_after_ignored", one.provider, text, _numbers([asked, one])))
        if one.retry_after is not None and one.ended is not None:
            until, asked = max(until, one.ended + one.retry_after), one
    return found


def _hammering(by_provider: dict[str, list[Entry]], rules: Rules, providers: Iterable[str]) -> list[Finding]:
    """Requests to a provider that had just failed `threshold` times in a row.

    When all are closed, the last resort may be one of them, so such a request is none.
    """
    if rules.cooldown is None:
        return []
    closed = {name: _closed(calls, rules) for name, calls in by_provider.items()}
    known = set(providers) | set(by_provider)
    found = []
    for name, calls in by_provider.items():
        for one in calls:
            end = _closed_until(closed[name], one.clock)
            if end and not all(_closed_until(closed.get(other, []), one.clock) for other in known - {name}):
                text = f"It had failed {rules.threshold} times in a row, and was asked {end - one.clock:.2f} s before the cooldown's end"
                found.append(Finding("hammering", name, text, (one.number,)))
    return found


def _closed(calls: list[Entry], rules: Rules) -> list[tuple[float, float]]:
    """When a provider should have been left alone."""
    times: list[tuple[float, float]] = []
    failures = 0
    for one in calls:
        failures = failures + 1 if one.failed else 0
        if failures >= rules.threshold and one.ended is not None and rules.cooldown is not None:
            times.append((one.ended, one.ended + rules.cooldown))
    return times


def _closed_until(times: list[tuple[float, float]], at: float) -> float | None:
    return next((end for begin, end in times if begin < at < end - SLACK), None)


def _numbers(entries: list[Entry]) -> tuple[int, ...]:
    return tuple(one.number for one in entries)
