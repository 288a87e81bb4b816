"""The commands on stored reports: `faultlab report` renders the files again, `check` judges again, `schema` prints the JSON Schema."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from faultlab.checker import judged, summary
from faultlab.cli.base import CommandError, ExitCode, argument, command, emit, note, option, wrong_usage
from faultlab.invariants import INVARIANTS, Limits
from faultlab.language import Message, _, did_you_mean, sentences
from faultlab.report import ReportError, read, render, text, write
from faultlab.report_model import Case, Report, Status

FILE = argument(
    "file",
    type=click.Path(path_type=Path),
    metavar="REPORT.JSON",
    help=_("The report.json, or the folder that it is in."),
)
OUT = option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Another folder for the files, with a copy of report.json; otherwise beside it."),
)


@command("report", _("Make report.html and junit.xml again from a report.json."), FILE, OUT)
def report(*, file: Path, out: Path | None, as_json: bool) -> None:
    """report.json itself is not changed."""
    found = opened(file)
    folder = file if file.is_dir() else file.parent
    files = render(found, folder) if out is None or out.resolve() == folder.resolve() else write(found, out)
    document = {"files": [str(one) for one in files], "ok": found.summary.ok}
    emit(document, as_json=as_json, human=lambda: _say(files))


def opened(file: Path) -> Report:
    """The report in the file; raises CommandError if it cannot be read."""
    try:
        return read(file)
    except ReportError as error:
        raise CommandError(ExitCode.USAGE, error) from error


def _say(files: list[Path]) -> None:
    for one in files:
        click.echo(_("written {file}", file=one))


@command("schema", _("Print the JSON Schema of report.json."))
def schema(*, as_json: bool) -> None:  # noqa: ARG001
    """The schema is JSON, with and without --json."""
    click.echo(text(), nl=False)


CASES = option("--case", "names", multiple=True, metavar="ID", help=_("Only this case; may be repeated."))
SLACK = option(
    "--slack",
    type=float,
    help=_("Stretch the limits of time by this factor; otherwise by that of the run."),
)
MARKS = {True: "✓", False: "✗", None: "–"}
STATUSES: dict[Status, Message] = {
    "passed": _("passed"),
    "failed": _("failed"),
    "void": _("void"),
    "not_run": _("not run"),
}
WIDTH = 160  # columns if stdout is not a terminal


@command("check", _("Judge a report again, from what it recorded."), FILE, CASES, SLACK)
def check(*, file: Path, names: tuple[str, ...], slack: float | None, as_json: bool) -> ExitCode:
    """Exit 1 if a promise was broken, or if nothing ran that could be judged."""
    report = opened(file)
    slack = report.run.slack if slack is None else slack
    _check_slack(slack)
    before = _chosen(report.cases, names)
    cases = [judged(case, slack) for case in before]
    ok = summary(cases, interrupted=report.run.interrupted).ok
    rows = [_row(*both) for both in zip(before, cases, strict=True)]
    document = {"ok": ok, "slack": slack, "interrupted": report.run.interrupted, "cases": rows}
    emit(document, as_json=as_json, human=lambda: _show(before, cases))
    if report.run.interrupted:
        note(_("The run was interrupted: this is a partial report."))
    return ExitCode.OK if ok else ExitCode.PROBLEMS


def _check_slack(slack: float) -> None:
    try:
        Limits.with_slack(slack)
    except ValueError as error:
        raise wrong_usage(_("--slack is a number over 0, not {given}.", given=slack)) from error


def _chosen(cases: Sequence[Case], names: Iterable[str]) -> list[Case]:
    known = {case.id for case in cases}
    wanted = set(names) or known
    for name in sorted(wanted - known):
        raise wrong_usage(sentences(_("The report has no case {name!r}.", name=name), did_you_mean(name, known)))
    return [case for case in cases if case.id in wanted]


def _row(before: Case, now: Case) -> dict[str, Any]:
    return {
        "id": now.id,
        "status": now.status,
        "was": before.status,
        "reason": now.reason,
        "findings": [finding.model_dump() for finding in now.findings],
    }


def _show(before: Sequence[Case], cases: Sequence[Case]) -> None:
    table = Table(str(_("case")), str(_("status")), *(one.id for one in INVARIANTS), box=None)
    for was, case in zip(before, cases, strict=True):
        table.add_row(case.id, _status(was, case), *_marks(case))
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    with console.capture() as captured:
        console.print(table)
    lines = [line.rstrip() for line in captured.get().splitlines()]
    reasons = [f"{case.id}: {case.why}" for case in cases if case.reason]
    click.echo("\n".join([*lines, *reasons, str(_counts(cases))]))


def _counts(cases: Sequence[Case]) -> Message:
    found = summary(cases)
    counts = {"passed": found.passed, "failed": found.failed, "void": found.void, "not_run": found.not_run}
    return _("passed {passed}, failed {failed}, void {void}, not run {not_run}", **counts)


def _status(was: Case, now: Case) -> str:
    """The status, and the former one if it differs."""
    word, before = STATUSES[now.status], STATUSES[was.status]
    return str(word if now.status == was.status else _("{status} (was: {before})", status=word, before=before))


def _marks(case: Case) -> list[str]:
    """A mark for each promise; none if the case did not run."""
    found = {finding.id: MARKS[finding.ok] for finding in case.findings}
    return [found.get(one.id, "") for one in INVARIANTS]
