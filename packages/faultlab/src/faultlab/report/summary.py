"""Whether a run was good: every case that ran has to pass, and at least one has to run."""

from collections import Counter
from collections.abc import Iterable

from faultlab.record import Case, Criterion, Kind, Status, Summary

REQUIRED: dict[Kind, float] = {"functional": 100.0, "fault_tolerance": 100.0}  # percent of the cases that ran


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


def _criterion(kind: Kind, counted: Counter[tuple[Kind, Status]]) -> Criterion:
    passed = counted[kind, "passed"]
    total = passed + counted[kind, "failed"]
    percent = 1000 * passed // total / 10 if total else 100.0  # rounded down: 100 means all
    required = REQUIRED[kind]
    return Criterion(kind=kind, passed=passed, total=total, percent=percent, required=required, ok=percent >= required)
