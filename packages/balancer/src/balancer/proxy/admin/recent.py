"""The last requests, each with its attempts, as the log and the page show them."""

from collections import deque
from datetime import UTC, datetime
from typing import Any

from balancer.proxy.record import AttemptRecord, RequestRecord

KEPT = 100
LONGEST_MODEL = 200  # characters of a name that the caller chose


class Recent:
    """An observer of requests that keeps the last ones."""

    def __init__(self) -> None:
        self._kept: deque[tuple[datetime, RequestRecord]] = deque(maxlen=KEPT)

    def observe(self, record: RequestRecord) -> None:
        self._kept.append((datetime.now(UTC), record))

    def newest_first(self) -> list[dict[str, Any]]:
        return [{"time": at.isoformat(timespec="milliseconds"), **described(one)} for at, one in reversed(self._kept)]


def described(record: RequestRecord) -> dict[str, Any]:
    """Categories, counts and times in milliseconds; members that say nothing are left out."""
    usage = record.usage
    members: dict[str, Any] = {
        "request_id": record.request_id,
        "path": record.path,
        "model": record.model[:LONGEST_MODEL],
        "stream": record.stream,
        "status": record.status,
        "outcome": record.outcome,
        "reason": record.reason,
        "provider": record.provider,
        "tenant": record.tenant,
        "ms": _ms(record.seconds),
        "ttft_ms": _ms(record.ttft),
        "overhead_ms": _ms(max(0.0, record.seconds - record.upstream_seconds)) if record.attempts else None,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cached_tokens": usage.cached_tokens,
        "joined": record.joined,
        "sticky": record.sticky,
        "continued": record.continued,
        "hedged": record.hedged,
        "attempts": [_attempt(one) for one in record.attempts],
    }
    return {name: value for name, value in members.items() if value not in (None, "", False, 0, [])}


def _attempt(attempt: AttemptRecord) -> dict[str, Any]:
    members = {
        "provider": attempt.provider,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "ms": _ms(attempt.seconds),
        "probe": attempt.probe,
        "hedge": attempt.hedge,
    }
    return {name: value for name, value in members.items() if value not in (None, False)}


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 2)
