"""`faultlab check`: a stored report judged again, from what was recorded."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from faultlab.checker import judged, summary
from faultlab.cli.exits import ExitCode, wrong_usage
from faultlab.cli.language import say
from faultlab.cli.options import command, option
from faultlab.cli.output import emit, show
from faultlab.cli.report import FILE, opened
from faultlab.invariants import INVARIANTS, Limits
from faultlab.report_model import Case, Status
from faultlab.suggest import did_you_mean

CASES = option("--case", "names", multiple=True, metavar="ID", help="fault.check.case")
SLACK = option("--slack", type=float, help="fault.check.slack_option")
MARKS = {True: "✓", False: "✗", None: "–"}
STATUSES: dict[Status, str] = {
    "passed": "fault.check.passed",
    "failed": "fault.check.failed",
    "not_run": "fault.check.not-run",
}


@command("check", "fault.check", FILE, CASES, SLACK)
def check(*, file: Path, names: tuple[str, ...], slack: float | None, as_json: bool) -> ExitCode:
    """Exit 1 if a promise was broken, or if nothing ran that could be judged."""
    report = opened(file)
    slack = report.run.slack if slack is None else slack
    _check_slack(slack)
    before = _chosen(report.cases, names)
    cases = [judged(case, slack) for case in before]
    ok = summary(cases).ok
    document = {"ok": ok, "slack": slack, "cases": [_document(*both) for both in zip(before, cases, strict=True)]}
    emit(document, as_json=as_json, human=lambda: _show(before, cases))
    return ExitCode.OK if ok else ExitCode.PROBLEMS


def _check_slack(slack: float) -> None:
    try:
        Limits.with_slack(slack)
    except ValueError as error:
        raise wrong_usage(say("fault.check.slack", given=slack)) from error


def _chosen(cases: Sequence[Case], names: Iterable[str]) -> list[Case]:
    known = {case.id for case in cases}
    wanted = set(names) or known
    for name in sorted(wanted - known):
        raise wrong_usage(f"{say('fault.check.no-case', name=name)} {did_you_mean(name, known)}".rstrip())
    return [case for case in cases if case.id in wanted]


def _document(before: Case, now: Case) -> dict[str, Any]:
    return {
        "id": now.id,
        "status": now.status,
        "was": before.status,
        "reason": now.reason,
        "findings": [finding.model_dump() for finding in now.findings],
    }


def _show(before: Sequence[Case], cases: Sequence[Case]) -> None:
    from rich.table import Table

    table = Table(say("fault.check.id"), say("fault.check.status"), *(one.id for one in INVARIANTS), box=None)
    for was, case in zip(before, cases, strict=True):
        table.add_row(case.id, _status(was, case), *_marks(case))
    show(table)
    for case in cases:
        if case.reason:
            click.echo(f"{case.id}: {case.reason}")
    found = summary(cases)
    click.echo(say("fault.check.sum", passed=found.passed, failed=found.failed, not_run=found.not_run))


def _status(was: Case, now: Case) -> str:
    """With what the report said, where that was something else."""
    word, before = say(STATUSES[now.status]), say(STATUSES[was.status])
    return word if word == before else say("fault.check.changed", status=word, before=before)


def _marks(case: Case) -> list[str]:
    """A case that was not run has none."""
    found = {finding.id: MARKS[finding.ok] for finding in case.findings}
    return [found.get(one.id, "") for one in INVARIANTS]
