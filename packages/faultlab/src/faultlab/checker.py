"""Judges cases by their records alone, so that a stored report can be judged again, and sums up a run."""

from collections import Counter
from collections.abc import Iterable

from faultlab.invariants import INVARIANTS, History, Limits, Verdict
from faultlab.language import Message, _, sentences
from faultlab.report_model import Case, CaseKind, Criterion, Finding, Status, Step, Summary, Text

PLANNED = "I10"  # a case that breaks only this is void
NOTHING_JUDGED = _("There was nothing to judge any promise by.")


def check(case: Case, slack: float = 1.0) -> list[Finding]:
    """The findings for I1 to I10. `slack` multiplies the time limits; raises ValueError unless it is over 0."""
    history = History(case, Limits.with_slack(slack))
    return [_finding(one.id, one.check(history)) for one in INVARIANTS]


def _finding(name: str, verdict: Verdict) -> Finding:
    detail = Text.of(verdict.detail)
    return Finding(id=name, ok=verdict.ok, detail=detail.en, detail_zh=detail.zh)


def judged(case: Case, slack: float = 1.0) -> Case:
    """The case with its findings and status; a case that was not run stays as it is.

    A case that failed for a reason of its own, because it broke off, stays failed and keeps that reason.
    """
    if case.status == "not_run":
        return case
    findings = check(case, slack)
    own, seen = _own_reason(case), wrong(findings, case.steps)
    unjudged = "" if any(one.ok is not None for one in findings) else NOTHING_JUDGED
    reason = Text.of(sentences(own, seen, unjudged))
    status = _status(case, findings, own=bool(str(own)), void=bool(unjudged))
    new = {"findings": findings, "status": status, "reason": reason.en, "reason_zh": reason.zh}
    return case.model_copy(update=new)


def _status(case: Case, findings: Iterable[Finding], *, own: bool, void: bool) -> Status:
    """A broken promise fails the case, whatever else went wrong. Without one, a fault that did not come as planned makes it void."""
    broken = {one.id for one in findings if one.ok is False}
    if own or broken - {PLANNED} or any(not step.ok for step in case.steps):
        return "failed"
    return "void" if broken or void else "passed"


def _own_reason(case: Case) -> object:
    """The reason of a failed case beyond its findings and steps."""
    said = Text.of(wrong(case.findings, case.steps))
    if case.status != "failed":
        return ""
    own = Text(en=_without(case.why.en, said.en), zh=_without(case.why.zh, said.zh))
    return own if own.en or said.en else _("It failed, and nothing says why.")


def _without(reason: str, said: str) -> str:
    return reason.removesuffix(said).strip()


def wrong(findings: Iterable[Finding], steps: Iterable[Step]) -> Message:
    """A sentence for each broken promise and failed step."""
    broken = [_("{id}: {detail}", id=one.id, detail=one.text) for one in findings if one.ok is False]
    missed = [
        _("{step}: expected {expected}, was {actual}.", step=one.name, expected=one.expected, actual=one.actual)
        for one in steps
        if not one.ok
    ]
    return sentences(*broken, *missed)


REQUIRED: dict[CaseKind, float] = {"functional": 100.0, "fault_tolerance": 100.0}  # percent of the cases that ran


def summary(cases: Iterable[Case], *, interrupted: bool = False) -> Summary:
    """The counts of a run. It is ok if a case ran, every criterion is met, no case is void, and it was not `interrupted`."""
    counted = Counter((case.kind, case.status) for case in cases)
    criteria = [_criterion(kind, counted) for kind in REQUIRED]
    passed, failed, void, not_run = (
        sum(count for (_, status), count in counted.items() if status == wanted)
        for wanted in ("passed", "failed", "void", "not_run")
    )
    ok = not interrupted and passed + failed > 0 and void == 0 and all(one.ok for one in criteria)
    return Summary(passed=passed, failed=failed, void=void, not_run=not_run, criteria=criteria, ok=ok)


def _criterion(kind: CaseKind, counted: Counter[tuple[CaseKind, Status]]) -> Criterion:
    passed = counted[kind, "passed"]
    total = passed + counted[kind, "failed"] + counted[kind, "void"]
    percent = 1000 * passed // total / 10 if total else 100.0  # rounded down, so 100 means all
    required = REQUIRED[kind]
    return Criterion(kind=kind, passed=passed, total=total, percent=percent, required=required, ok=percent >= required)
