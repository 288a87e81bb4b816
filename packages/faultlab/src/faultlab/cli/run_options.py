"""The options of the commands that run cases, and the run that they ask for."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from testdb import DatabaseUnavailableError, Kind

from faultlab.adapter import Adapter
from faultlab.adapters import AdapterError, load
from faultlab.case_run import Spec
from faultlab.cases import canary
from faultlab.cases.catalogue import UnknownCaseError
from faultlab.cli.base import CommandError, ExitCode, note, option, wrong_usage
from faultlab.cli.interrupts import Interrupts
from faultlab.laboratory import RunRequest, new_seed, open_laboratory
from faultlab.language import _
from faultlab.report import write
from faultlab.report.run_log import LiveLog
from faultlab.report_model import Case, Report

KINDS: dict[str, Kind] = {"mysql": "mysql", "mariadb": "mariadb", "postgres": "postgresql", "postgresql": "postgresql"}
MARKS = {"passed": "✓", "failed": "✗", "void": "∅", "not_run": "–"}

DB = option("--db", type=click.Choice(list(KINDS)), default="mysql", show_default=True, help=_("Which database."))
SERVER = option(
    "--server",
    "provider",
    metavar="local|docker|URL",
    help=_("Where it is: local (an installed program), docker, or a URL; otherwise what this machine has."),
)
ADAPTER = option(
    "--adapter",
    metavar="NAME",
    help=_("The service: a name, or `package.module:Class`. Otherwise the only one that pyproject.toml names."),
)
SEED = option(
    "--seed",
    type=click.IntRange(min=1),
    help=_("A run with the same seed makes the same choices. Otherwise a new one, which the report names."),
)
OUT = option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("reports"),
    help=_("Folder for report.json, junit.xml, report.html and run.log."),
)
SLACK = option(
    "--slack",
    type=click.FloatRange(min=1),
    default=1.0,
    show_default=True,
    help=_("Stretch the limits of time by this factor, on a slow machine."),
)
TESTBEDS = option(
    "--testbeds",
    "--lanes",
    "testbeds",
    type=click.IntRange(1, 8),
    default=2,
    show_default=True,
    help=_("Cases that run side by side."),
)


def report(
    cases: Callable[[Adapter], Sequence[Spec]],
    *,
    out: Path,
    db: str,
    provider: str | None,
    adapter: str | None,
    seed: int | None,
    slack: float,
    testbeds: int,
) -> tuple[Report, list[Path]]:
    """Run these cases of the adapter; the report, and the files that it was written to.

    No database is started before both are known, and the files are there before it ends.
    """
    with names_that_exist():
        found = load(adapter, Path.cwd())
        chosen = [canary.SPEC, *cases(found)]
    request = RunRequest(found, KINDS[db], provider, seed or new_seed(), testbeds, slack)
    interrupts = Interrupts()
    with interrupts.taken_over(), _database_that_exists(), open_laboratory(request, note) as laboratory:
        version = laboratory.database.version
        begin = _(
            "Cases: {cases}, database {database}, seed {seed}", cases=len(chosen), database=version, seed=request.seed
        )
        note(begin)
        log = LiveLog(out)
        with interrupts.setting(laboratory.stop):
            ended = laboratory.run(chosen, lambda case: _tell(case, log))
        made = laboratory.report(ended)
        return made, write(made, out)


@contextmanager
def names_that_exist() -> Iterator[None]:
    """An adapter or a case that does not exist is a wrong call."""
    try:
        yield
    except (AdapterError, UnknownCaseError) as error:
        raise wrong_usage(error) from error


@contextmanager
def _database_that_exists() -> Iterator[None]:
    """That there is no database breaks no promise."""
    try:
        yield
    except DatabaseUnavailableError as error:
        raise CommandError(ExitCode.UNREACHABLE, error) from error


def _tell(case: Case, log: LiveLog) -> None:
    """One line of progress, and all of it in the log."""
    log.add(case)
    reason = f"  {case.why}" if case.reason else ""
    note(f"  {MARKS[case.status]} {case.id:<16} {case.duration_ms / 1000:6.2f} s{reason}")
