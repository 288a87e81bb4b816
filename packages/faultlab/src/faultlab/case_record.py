"""The notes of a running case, and the record for the report that is made of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from faultlab.adapter import Operation
from faultlab.case_spec import Spec
from faultlab.clients import Clock
from faultlab.language import _
from faultlab.proxy import Fired
from faultlab.report_model import Case, DatabaseSnapshot, Firing, Health, Outage, Request, Status, Step, Text
from faultlab.testbed import Testbed

LOG_LINES = 60  # lines of the service's log in a record


@dataclass
class Notes:
    """Lists that `CaseRun` appends to, in the order of time."""

    steps: list[Step] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    firings: list[Firing] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    books: list[DatabaseSnapshot] = field(default_factory=list)
    deaths: list[Outage] = field(default_factory=list)  # while the case had killed the service
    healed: float | None = None
    recovered: float | None = None


class RunningCase(Protocol):
    """The parts of a `CaseRun` that a record needs."""

    spec: Spec
    seed: int
    started: str
    clock: Clock
    notes: Notes
    operations: list[Operation]
    testbed: Testbed

    def firings(self) -> list[Firing]: ...
    def fired_by_proxy(self) -> list[Fired]: ...
    def log_lines(self) -> list[str]: ...


def record(run: RunningCase) -> Case:
    """The record of the case, before it is judged."""
    spec, notes, testbed = run.spec, run.notes, run.testbed
    return Case(
        **_planned(spec),
        seed=run.seed,
        budget=testbed.profile.budget,
        promptly=spec.promptly,
        operations=[operation.id for operation in run.operations],
        status="passed",
        started=run.started,
        duration_ms=round(run.clock.now() * 1000, 1),
        steps=[*notes.steps, *_undone(run)],
        requests=sorted(notes.requests, key=lambda one: one.t),
        firings=run.firings(),
        planned=spec.planned,
        overlap=spec.overlap,
        outages=notes.outages,
        healed=notes.healed,
        recovered=notes.recovered,
        books=notes.books,
        health=_health(run),
        transitions={state: list(after) for state, after in testbed.adapter.transitions.items()},
        logs=[line for line in run.log_lines() if re.search(testbed.adapter.retries, line)][:LOG_LINES],
    )


def _planned(spec: Spec) -> dict[str, Any]:
    """What a record takes from its case's description, whether the case ran or not."""
    return {name: getattr(spec, name) for name in ("id", "title", "kind", "priority", "fault", "moment", "clients")}


def ended(run: RunningCase, status: Status, reason: object) -> Case:
    """The record of a case that ended early, with the reason."""
    why = Text.of(reason)
    return record(run).model_copy(update={"status": status, "reason": why.en, "reason_zh": why.zh})


def not_run(spec: Spec, seed: int, reason: object) -> Case:
    """The record of a case that did not run. `reason` is a message or an error."""
    why = Text.of(reason)
    return Case(
        **_planned(spec),
        seed=seed,
        budget=0,
        status="not_run",
        reason=why.en,
        reason_zh=why.zh,
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        duration_ms=0,
    )


def _undone(run: RunningCase) -> list[Step]:
    """A failed step for each fault whose action raised an error."""
    name = Text.of(_("The harm is done"))
    return [
        Step(t=run.clock.since(one.monotonic), name=name, expected="done", actual=one.problem, ok=False)
        for one in run.fired_by_proxy()
        if one.problem
    ]


def _health(run: RunningCase) -> list[Health]:
    """The liveness answers, except while the case had killed the service."""
    return [one for one in run.testbed.probe.since(run.clock) if not _within(one, run.notes.deaths)]


def _within(one: Health, spans: Iterable[Outage]) -> bool:
    end = one.t + one.ms / 1000
    return any(span.began <= end and one.t <= span.ended for span in spans)
