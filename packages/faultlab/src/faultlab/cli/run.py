"""The commands `faultlab run`, `faultlab chaos` and `faultlab list`."""

from pathlib import Path
from typing import Any, get_args

import click

from faultlab.adapter import Adapter
from faultlab.adapters import load
from faultlab.case_run import Spec
from faultlab.cases import catalogue
from faultlab.cases import chaos as chaos_case
from faultlab.cli import run_options
from faultlab.cli.base import ExitCode, command, emit, option
from faultlab.cli.run_options import ADAPTER, DB, OUT, SEED, SERVER, SLACK, TESTBEDS
from faultlab.language import Message, _
from faultlab.report_model import Priority, Report

CASES = option(
    "--case",
    "names",
    multiple=True,
    metavar="ID",
    help=_("Only this case; may be repeated. `faultlab list` shows the ids."),
)
PRIORITIES = option(
    "--priority",
    "priorities",
    type=click.Choice(get_args(Priority)),
    multiple=True,
    help=_(
        "Only cases of this priority; may be repeated. P0: the plan; P1: each fault and moment; P2: under several clients."
    ),
)
CLIENTS = option(
    "--clients",
    type=click.IntRange(1, 64),
    multiple=True,
    help=_("Clients at once in the matrix of faults and moments; may be repeated. Otherwise 1 and 8."),
)
MINUTES = option("--minutes", type=click.FloatRange(min=0.05), default=2.0, show_default=True, help=_("How long."))
CHAOS_CLIENTS = option(
    "--clients", type=click.IntRange(1, 64), default=8, show_default=True, help=_("Clients at once.")
)


@command(
    "run",
    _("Interrupt the database of a service at chosen moments and check what it promised."),
    *(DB, SERVER, ADAPTER, CASES, PRIORITIES, CLIENTS, SEED, OUT, TESTBEDS, SLACK),
)
def run(
    *,
    names: tuple[str, ...],
    priorities: tuple[Priority, ...],
    clients: tuple[int, ...],
    as_json: bool,
    **options: Any,
) -> ExitCode:
    """Exit 1 if a promise was broken."""

    def chosen(adapter: Adapter) -> list[Spec]:
        return catalogue.chosen(catalogue.specs(adapter, clients or catalogue.CLIENTS), names, priorities)

    return _told(*run_options.report(chosen, **options), as_json=as_json)


@command(
    "chaos",
    _("Send requests for minutes while random faults come and go, then count everything."),
    *(DB, SERVER, ADAPTER, MINUTES, CHAOS_CLIENTS, SEED, OUT, SLACK),
)
def chaos(*, minutes: float, clients: int, as_json: bool, **options: Any) -> ExitCode:
    """Exit 1 if anything was lost, doubled or is half there."""
    made = run_options.report(lambda _adapter: [chaos_case.spec(minutes, clients)], **options, testbeds=1)
    return _told(*made, as_json=as_json)


def _told(report: Report, paths: list[Path], *, as_json: bool) -> ExitCode:
    """Print the result; its exit code."""
    files = [str(path) for path in paths]
    emit(_outcome(report, files), as_json=as_json, human=lambda: _say(report, files))
    if report.run.interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.OK if report.summary.ok else ExitCode.PROBLEMS


def _outcome(report: Report, files: list[str]) -> dict[str, Any]:
    broken = [{"id": case.id, "reason": case.reason} for case in report.cases if case.status in ("failed", "void")]
    return {"run": report.run.model_dump(), "summary": report.summary.model_dump(), "failed": broken, "files": files}


def _say(report: Report, files: list[str]) -> None:
    found = report.summary
    click.echo(
        _(
            "{verdict}: passed {passed}, failed {failed}, void {void}, not run {not_run}, in {seconds} s, seed {seed}",
            verdict=_verdict(report),
            passed=found.passed,
            failed=found.failed,
            void=found.void,
            not_run=found.not_run,
            seconds=report.run.duration_s,
            seed=report.run.seed,
        )
    )
    for file in files:
        click.echo(f"  {file}")


def _verdict(report: Report) -> Message:
    found = report.summary
    if report.run.interrupted:
        return _("Interrupted, a partial report")
    if found.ok:
        return _("Every promise was kept")
    return _("Not every promise was kept") if found.failed or not found.void else _("Cases prove nothing")


# --- list
@command("list", _("List the cases: ids for `faultlab run --case`."), ADAPTER, PRIORITIES)
def cases(*, adapter: str | None, priorities: tuple[Priority, ...], as_json: bool) -> None:
    """Ids for `faultlab run --case`, with the priority of each."""
    with run_options.names_that_exist():
        found = catalogue.chosen(catalogue.specs(load(adapter, Path.cwd())), [], priorities)
    emit([_row(spec) for spec in found], as_json=as_json, human=lambda: _show(found))


def _row(spec: Spec) -> dict[str, object]:
    return {
        "id": spec.id,
        "title": spec.title.model_dump(),
        "kind": spec.kind,
        "priority": spec.priority,
        "fault": spec.fault,
        "moment": spec.moment,
        "clients": spec.clients,
        "control": spec.control,
    }


def _show(found: list[Spec]) -> None:
    for spec in found:
        click.echo(f"{spec.id:<16} {spec.priority}  {spec.title}")
