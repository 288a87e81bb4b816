"""The options of the commands that run cases, and the run itself."""

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
    """Run these cases of the adapter; returns the report and its files.

    The adapter and the cases are checked before a database starts, and the files are written before it stops.
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
    """Turn an unknown adapter or case into a usage error."""
    try:
        yield
    except (AdapterError, UnknownCaseError) as error:
        raise wrong_usage(error) from error


@contextmanager
def _database_that_exists() -> Iterator[None]:
    """Turn a missing database into its own exit code."""
    try:
        yield
    except DatabaseUnavailableError as error:
        raise CommandError(ExitCode.UNREACHABLE, error) from error


def _tell(case: Case, log: LiveLog) -> None:
    """Print a line of progress, and append the case to the log."""
    log.add(case)
    reason = f"  {case.why}" if case.reason else ""
    note(f"  {MARKS[case.status]} {case.id:<16} {case.duration_ms / 1000:6.2f} s{reason}")
