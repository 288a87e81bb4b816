"""`mdt contract diff` tells what changed between two versions; `mdt contract rules` lists the rules."""

from collections.abc import Callable
from pathlib import Path

import click

from mdt.cli.commands import command, option
from mdt.cli.contract.options import CONTRACTS, NEW, OLD, SEVERITY, compared
from mdt.cli.output import ExitCode, emit
from mdt.contracts.diff import RANK, RULES, DiffReport, Severity
from mdt.language import _

FORMATS: dict[str, Callable[[DiffReport], str]] = {
    "text": lambda report: "\n".join(report.lines()),
    "markdown": lambda report: report.markdown(),
    "github": lambda report: "\n".join([*report.annotations(), str(report.title())]),
}
FORMAT = option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    default="text",
    show_default=True,
    help=_("How it is written."),
)
FAIL_ON = option(
    "--fail-on",
    type=click.Choice([*(one.value for one in Severity), "never"]),
    default="err",
    show_default=True,
    help=_("Exit code 1 from this severity on; approved changes do not count."),
)


@command(
    "diff",
    _("Tell what changed between two versions of a contract, and whom it breaks."),
    OLD,
    NEW,
    FORMAT,
    FAIL_ON,
    SEVERITY,
    CONTRACTS,
)
def diff(
    *,
    old: str,
    new: str | None,
    form: str,
    fail_on: str,
    severities: tuple[str, ...],
    folder: Path | None,
    as_json: bool,
) -> ExitCode:
    """Exit code 1 if a change is as bad as --fail-on says."""
    report = compared(old, new, folder, severities).report
    emit(report.as_json(), as_json=as_json, human=lambda: click.echo(FORMATS[form](report)))
    return ExitCode.PROBLEMS if fail_on != "never" and report.worst() >= RANK[Severity(fail_on)] else ExitCode.OK


@command("rules", _("List the rules of `diff` with their severities."))
def rules(*, as_json: bool) -> None:
    """The ids of oasdiff."""
    document = [{"id": one.id, "severity": one.severity.value} for one in RULES.values()]
    lines = [f"{one['severity']:<5} {one['id']}" for one in document]
    emit({"rules": document}, as_json=as_json, human=lambda: click.echo("\n".join(lines)))
