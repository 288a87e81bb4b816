"""`faultlab run`: the cases, one after the other, and the reports."""

from pathlib import Path
from typing import Any

import click

from faultlab.adapter import Adapter
from faultlab.case_run import Spec
from faultlab.cases import catalogue, matrix
from faultlab.cli import run_options
from faultlab.cli.exits import ExitCode
from faultlab.cli.language import say
from faultlab.cli.options import command, option
from faultlab.cli.output import emit
from faultlab.report import write
from faultlab.report_model import Report

CASES = option("--case", "names", multiple=True, metavar="ID", help="fault.case")
CLIENTS = option("--clients", type=click.IntRange(1, 64), multiple=True, help="fault.clients")
OPTIONS = (
    run_options.DB,
    run_options.SERVER,
    run_options.ADAPTER,
    CASES,
    CLIENTS,
    run_options.SEED,
    run_options.OUT,
    run_options.TESTBEDS,
    run_options.SLACK,
)


@command("run", "fault.run", *OPTIONS)
def run(*, names: tuple[str, ...], clients: tuple[int, ...], out: Path, as_json: bool, **wanted: Any) -> ExitCode:
    """Exit 1 if a promise was broken."""

    def chosen(adapter: Adapter) -> list[Spec]:
        return catalogue.chosen(catalogue.specs(adapter, clients or matrix.CLIENTS), names)

    return done(run_options.report(chosen, **wanted), out, as_json=as_json)


def done(report: Report, out: Path, *, as_json: bool) -> ExitCode:
    """Write the reports and say how it went."""
    files = [str(path) for path in write(report, out)]
    emit(_document(report, files), as_json=as_json, human=lambda: _say(report, files))
    return ExitCode.OK if report.summary.ok else ExitCode.PROBLEMS


def _document(report: Report, files: list[str]) -> dict[str, Any]:
    broken = [{"id": case.id, "reason": case.reason} for case in report.cases if case.status == "failed"]
    return {"run": report.run.model_dump(), "summary": report.summary.model_dump(), "failed": broken, "files": files}


def _say(report: Report, files: list[str]) -> None:
    found = report.summary
    key = "fault.passed" if found.ok else "fault.failed"
    counts = {"passed": found.passed, "failed": found.failed, "not_run": found.not_run}
    click.echo(say(key, **counts, seconds=report.run.duration_s, seed=report.run.seed))
    for file in files:
        click.echo(f"  {file}")
