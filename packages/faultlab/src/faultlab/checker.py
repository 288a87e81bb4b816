"""Says of a case which promises were kept, from what was recorded alone: a stored report can be judged again."""

from collections import Counter
from collections.abc import Iterable, Iterator

from faultlab.invariants import INVARIANTS, History, Limits
from faultlab.report_model import Case, CaseKind, Criterion, Finding, Status, Step, Summary


def check(case: Case, slack: float = 1.0) -> list[Finding]:
    """I1 to I10, in this order. `slack` stretches the limits of time on a slow machine; ValueError unless it is over 0."""
    history = History(case, Limits.with_slack(slack))
    return [Finding(id=one.id, **one.check(history)._asdict()) for one in INVARIANTS]


def judged(case: Case, slack: float = 1.0) -> Case:
    """The case with findings and a status; what was not run is given back as it is.

    A case that came as failed for a reason of its own (its run broke off) stays failed, and keeps the reason.
    """
    if case.status == "not_run":
        return case
    findings = check(case, slack)
    reason = " ".join(filter(None, [_own_reason(case), _broken(findings, case.steps)]))
    status = "failed" if reason else "passed"
    return case.model_copy(update={"findings": findings, "status": status, "reason": reason})


def _own_reason(case: Case) -> str:
    """Why it came as failed, apart from what its findings and steps say."""
    said = _broken(case.findings, case.steps)
    if case.status != "failed":
        return ""
    return case.reason.removesuffix(said).strip() or ("" if said else "It failed, and nothing says why.")


def _broken(findings: Iterable[Finding], steps: Iterable[Step]) -> str:
    """Everything that is not as it should be."""
    return " ".join([*_findings(findings), *_steps(steps)])


def _findings(findings: Iterable[Finding]) -> Iterator[str]:
    return (f"{one.id}: {one.detail}" for one in findings if one.ok is False)


def _steps(steps: Iterable[Step]) -> Iterator[str]:
    return (f"{one.name.en}: expected {one.expected}, was {one.actual}." for one in steps if not one.ok)


REQUIRED: dict[CaseKind, float] = {"functional": 100.0, "fault_tolerance": 100.0}  # percent of the cases that ran


def summary(cases: Iterable[Case]) -> Summary:
    """Cases that were not run count neither for nor against; a run of nothing else is not ok."""
    counted = Counter((case.kind, case.status) for case in cases)
    criteria = [_criterion(kind, counted) for kind in REQUIRED]
    passed, failed, not_run = (
        sum(count for (_, status), count in counted.items() if status == wanted)
        for wanted in ("passed", "failed", "not_run")
    )
    ok = passed + failed > 0 and all(one.ok for one in criteria)
    return Summary(passed=passed, failed=failed, not_run=not_run, criteria=criteria, ok=ok)


def _criterion(kind: CaseKind, counted: Counter[tuple[CaseKind, Status]]) -> Criterion:
    passed = counted[kind, "passed"]
    total = passed + counted[kind, "failed"]
    percent = 1000 * passed // total / 10 if total else 100.0  # rounded down: 100 means all
    required = REQUIRED[kind]
    return Criterion(kind=kind, passed=passed, total=total, percent=percent, required=required, ok=percent >= required)
