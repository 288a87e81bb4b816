"""`mdt contract impact`: which tests, scenarios and consumers a change breaks; --notify tells the consumers."""

import os
import time
from pathlib import Path
from typing import Any

import click

from mdt.cli.commands import command, option
from mdt.cli.contract.options import CONTRACTS, NEW, OLD, SEVERITY, Compared, compared
from mdt.cli.output import ExitCode, emit, wrong_usage
from mdt.contracts.diff import RANK, Severity
from mdt.contracts.impact import Hit, Impact, impact
from mdt.contracts.journal import FILE, read_journal
from mdt.contracts.notifying import Notice, Told, tell
from mdt.contracts.owners import CONSUMER, Owners, read_owners
from mdt.errors import MdtError
from mdt.language import Words, _, words_of

JOURNAL = option(
    "--journal",
    "journals",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    default=(Path("reports/mdt") / FILE,),
    show_default=True,
    help=_("Journal of a test run; may be repeated, one for each consumer."),
)
ALL = option("--all", "everything", is_flag=True, help=_("Also changes that break nobody."))
NOTIFY = option("--notify", is_flag=True, help=_("Tell the consumers of owners.yaml by their webhooks."))
FAIL_ON = option(
    "--fail-on",
    type=click.Choice([*(one.value for one in Severity), "never"]),
    default="err",
    show_default=True,
    help=_("Exit code 1 if a change from this severity on touches a test."),
)
SHOWN = 10  # tests of a change in a message


@command(
    "impact",
    _(
        "Tell which tests, scenarios and consumers the changes between two versions break, from the journal of their last test run."
    ),
    OLD,
    NEW,
    JOURNAL,
    ALL,
    NOTIFY,
    FAIL_ON,
    SEVERITY,
    CONTRACTS,
)
def impact_command(
    *,
    old: str,
    new: str | None,
    journals: tuple[Path, ...],
    everything: bool,
    notify: bool,
    fail_on: str,
    severities: tuple[str, ...],
    folder: Path | None,
    as_json: bool,
) -> ExitCode:
    """Exit code 1 also if a consumer could not be told."""
    two = compared(old, new, folder, severities)
    try:
        read = [read_journal(path) for path in journals]
    except MdtError as error:
        raise wrong_usage(words_of(error)) from None
    found = impact(two.old, two.report, read, least=Severity.INFO if everything else Severity.WARN)
    told = _told(two, found) if notify else []
    document = {**found.as_json(), "told": [_plain(one) for one in told]}
    emit(document, as_json=as_json, human=lambda: _print(found, told))
    touched = fail_on != "never" and found.worst() >= RANK[Severity(fail_on)]
    return ExitCode.PROBLEMS if touched or any(not one.ok for one in told) else ExitCode.OK


def _told(two: Compared, found: Impact) -> list[Told]:
    """Tells each consumer about its own tests. Owners are those of the new version, else of the old one."""
    owners = two.new.owners or two.old.owners or _owners(two)
    if owners is None:
        raise wrong_usage(_("{service} has no owners.yaml, which says whom to tell", service=found.service))
    if not found.report.changes:
        return []
    consumers = [one for one in owners.parties if one.role == CONSUMER]
    return [tell(one, notice(found, one.name), os.environ, time.time()) for one in consumers]


def _owners(two: Compared) -> Owners | None:
    """Those beside a version of the folder, when both are files of git revisions."""
    folder = Path("contracts") / two.old.service
    return read_owners(folder) if folder.is_dir() else None


def notice(found: Impact, consumer: str) -> Notice:
    """What a consumer is told: the changes, and which of its tests they touch."""
    lines = [f"**{found.title()}**", str(found.advice.text)]
    for hit in found.hits:
        lines.append(f"- {hit.change.severity.value} {hit.change.spot.operation}: {hit.change.text}")
        lines += [f"  - {test}" for test in _shown(hit.tests(consumer))]
    document = {"event": "contract.changed", "consumer": consumer, **found.as_json(), "yours": found.tests(consumer)}
    return Notice(
        str(_("Contract {old} → {new}", old=found.report.old, new=found.report.new)), "\n".join(lines), document
    )


def _shown(tests: list[str]) -> list[str]:
    more = len(tests) - SHOWN
    return [*tests[:SHOWN], *([str(_("and {count} more", count=more))] if more > 0 else [])]


def _print(found: Impact, told: list[Told]) -> None:
    for hit in found.hits:
        click.echo(f"{hit.change.severity.value:<5} {hit.change.spot.operation or '-'}")
        click.echo(f"      {hit.change.text}   [{hit.change.id} {hit.change.fingerprint}]")
        for consumer in hit.consumers():
            _print_consumer(hit, consumer)
    click.echo(found.title())
    click.echo(found.advice.text)
    for one in told:
        click.echo(_outcome(one))


def _print_consumer(hit: Hit, consumer: str) -> None:
    tests, scenarios = hit.tests(consumer), ", ".join(hit.scenarios(consumer))
    click.echo(
        _(
            "      {consumer}: {tests} tests, scenarios {scenarios}",
            consumer=consumer,
            tests=len(tests),
            scenarios=scenarios,
        )
    )
    for test in tests:
        click.echo(f"        {test}")


def _outcome(one: Told) -> Words:
    if one.ok:
        return _("{party} was told ({kind})", party=one.party, kind=one.kind)
    return _("{party} was not told ({kind}): {problem}", party=one.party, kind=one.kind, problem=one.problem)


def _plain(one: Told) -> dict[str, Any]:
    return {"party": one.party, "kind": one.kind, "ok": one.ok, "problem": str(one.problem)}
