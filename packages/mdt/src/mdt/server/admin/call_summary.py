"""One line about a call, for lists and live events: no bodies, no headers."""

from typing import Any

from mdt.engine.journal import Entry
from mdt.engine.messages import Fault, Passthrough, Reply
from mdt.engine.outcome import Outcome


def call_summary(entry: Entry) -> dict[str, Any]:
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "service": entry.service,
        "route": entry.route,
        "scenario": entry.scenario,
        "method": entry.request.method,
        "url": entry.request.url,
        **_outcome(entry.outcome),
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    if isinstance(outcome, Reply):
        return {"kind": "reply", "status": outcome.status, "delay": round(outcome.delay, 3)}
    if isinstance(outcome, Fault):
        return {"kind": "fault", "fault": outcome.kind.value, "delay": round(outcome.delay, 3)}
    if isinstance(outcome, Passthrough):
        return {"kind": "passthrough", "to": outcome.url}
    return {"kind": "unmatched", "reason": outcome.near_miss.reason}
