"""Builds cases a few words long."""

from typing import Any

from faultlab.checker import check
from faultlab.report_model import Case, DatabaseSnapshot, Finding, Firing, Health, Request, Stored, Text

STATUS = {"ok": 201, "fail": 503, "unknown": 503}


def case(*requests: Request, books: list[DatabaseSnapshot] | tuple[DatabaseSnapshot, ...] = (), **more: Any) -> Case:
    """A functional case with a budget of four seconds, unless told otherwise."""
    facts = {
        "id": "FT-000",
        "title": Text(en="A case", zh="一个用例"),
        "kind": "functional",
        "priority": "P1",
        "fault": "reset",
        "moment": "m5",
        "clients": 1,
        "seed": 1,
        "budget": 4.0,
        "status": "passed",
        "started": "2026-01-02T03:04:05Z",
        "duration_ms": 1000.0,
    }
    return Case.model_validate({**facts, "requests": list(requests), "books": list(books), **more})


def sent(operation: str | None, outcome: str = "ok", t: float = 1.0, **more: Any) -> Request:
    """A request of phase `fault` that took ten milliseconds, unless told otherwise."""
    status = more.pop("status", STATUS[outcome])
    facts = {
        "t": t,
        "phase": "fault",
        "client": 0,
        "method": "POST",
        "path": "/payment",
        "operation": operation,
        "amount": 100,
        "status": status,
        "outcome": outcome,
        "ms": 10.0,
        "retry_after": "2" if status == 503 else None,
    }
    return Request.model_validate(facts | more)


def looked(t: float = 1.0, **more: Any) -> Request:
    """A request that changes nothing."""
    return sent(None, **{"t": t, "method": "GET", "path": "/health", "status": 200, "amount": None} | more)


def stored(operation: str, count: int = 1, amount: int | None = 100, states: tuple[str, ...] = ("pending",)) -> Stored:
    return Stored(operation=operation, count=count, amount=amount, states=list(states))


def healed(*there: Stored, t: float = 20.0, **more: Any) -> DatabaseSnapshot:
    return DatabaseSnapshot(t=t, when="healed", operations=list(there), **more)


def settled(*there: Stored, t: float = 30.0, **more: Any) -> DatabaseSnapshot:
    return DatabaseSnapshot(t=t, when="settled", operations=list(there), **more)


def fired(t: float) -> Firing:
    return Firing(t=t, fault="reset", moment="m5", where="COMMIT")


def alive(t: float = 1.0, ms: float = 5.0, status: int | None = 200, load: float = 1.0) -> Health:
    return Health(t=t, ms=ms, status=status, load=load)


def found(invariant: str, of: Case, slack: float = 1.0) -> Finding:
    """What the checker says of this invariant."""
    return next(one for one in check(of, slack) if one.id == invariant)


def outcome(invariant: str, of: Case, slack: float = 1.0) -> tuple[bool | None, str]:
    one = found(invariant, of, slack)
    return one.ok, one.detail
