"""`faultlab run`, `faultlab chaos` and `faultlab list`: the cases, and the reports of those that ran."""

from pathlib import Path
from typing import Any

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
from faultlab.report import write
from faultlab.report_model import Report, Summary

CASES = option(
    "--case",
    "names",
    multiple=True,
    metavar="ID",
    help=_("Only this case; may be repeated. `faultlab list` shows the ids."),
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
    *(DB, SERVER, ADAPTER, CASES, CLIENTS, SEED, OUT, TESTBEDS, SLACK),
)
def run(*, names: tuple[str, ...], clients: tuple[int, ...], out: Path, as_json: bool, **options: Any) -> ExitCode:
    """Exit 1 if a promise was broken."""

    def chosen(adapter: Adapter) -> list[Spec]:
        return catalogue.chosen(catalogue.specs(adapter, clients or catalogue.CLIENTS), names)

    return _written(run_options.report(chosen, **options), out, as_json=as_json)


@command(
    "chaos",
    _("Send requests for minutes while random faults come and go, then count everything."),
    *(DB, SERVER, ADAPTER, MINUTES, CHAOS_CLIENTS, SEED, OUT, SLACK),
)
def chaos(*, minutes: float, clients: int, out: Path, as_json: bool, **options: Any) -> ExitCode:
    """Exit 1 if anything was lost, doubled or is half there."""
    found = run_options.report(lambda _adapter: [chaos_case.spec(minutes, clients)], **options, testbeds=1)
    return _written(found, out, as_json=as_json)


def _written(report: Report, out: Path, *, as_json: bool) -> ExitCode:
    """Write the reports and say how it went."""
    files = [str(path) for path in write(report, out)]
    emit(_outcome(report, files), as_json=as_json, human=lambda: _say(report, files))
    return ExitCode.OK if report.summary.ok else ExitCode.PROBLEMS


def _outcome(report: Report, files: list[str]) -> dict[str, Any]:
    broken = [{"id": case.id, "reason": case.reason} for case in report.cases if case.status in ("failed", "void")]
    return {"run": report.run.model_dump(), "summary": report.summary.model_dump(), "failed": broken, "files": files}


def _say(report: Report, files: list[str]) -> None:
    found = report.summary
    click.echo(
        _(
            "{verdict}: passed {passed}, failed {failed}, void {void}, not run {not_run}, in {seconds} s, seed {seed}",
            verdict=_verdict(found),
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


def _verdict(found: Summary) -> Message:
    if found.ok:
        return _("Every promise was kept")
    return _("Not every promise was kept") if found.failed or not found.void else _("Cases prove nothing")


# --- list
@command("list", _("List the cases: ids for `faultlab run --case`."), ADAPTER)
def cases(*, adapter: str | None, as_json: bool) -> None:
    """Ids for `faultlab run --case`."""
    with run_options.names_that_exist():
        found = catalogue.specs(load(adapter, Path.cwd()))
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
        click.echo(f"{spec.id:<16} {spec.title}")
