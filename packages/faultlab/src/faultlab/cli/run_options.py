"""The options of whatever runs cases, and the run that they ask for."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
from testdb import DatabaseUnavailableError, Kind

from faultlab.adapter import Adapter
from faultlab.adapters import AdapterError, load
from faultlab.case_run import Spec
from faultlab.cases.catalogue import UnknownCaseError
from faultlab.cli.exits import CommandError, ExitCode, wrong_usage
from faultlab.cli.language import say
from faultlab.cli.options import option
from faultlab.cli.output import note
from faultlab.laboratory import RunRequest, new_seed, open_laboratory
from faultlab.report_model import Case, Report

KINDS: dict[str, Kind] = {"mysql": "mysql", "mariadb": "mariadb", "postgres": "postgresql", "postgresql": "postgresql"}

DB = option("--db", type=click.Choice(list(KINDS)), default="mysql", show_default=True, help="fault.db")
SERVER = option("--server", "provider", metavar="local|docker|URL", help="fault.server")
ADAPTER = option("--adapter", metavar="NAME", help="fault.adapter")
SEED = option("--seed", type=click.IntRange(min=1), help="fault.seed")
OUT = option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"), help="fault.out")
SLACK = option("--slack", type=click.FloatRange(min=1), default=1.0, show_default=True, help="fault.slack")
TESTBEDS = option("--testbeds", type=click.IntRange(1, 8), default=2, show_default=True, help="fault.testbeds")


def report(
    cases: Callable[[Adapter], Sequence[Spec]],
    *,
    db: str,
    provider: str | None,
    adapter: str | None,
    seed: int | None,
    slack: float,
    testbeds: int,
) -> Report:
    """Run these cases of the adapter that the options ask for. No database is started before both are known."""
    with names_that_exist():
        found = load(adapter, Path.cwd())
        chosen = cases(found)
    wanted = RunRequest(found, KINDS[db], provider, seed or new_seed(), testbeds, slack)
    with _a_database_that_is_there(), open_laboratory(wanted, note) as laboratory:
        note(say("fault.begin", cases=len(chosen), database=laboratory.database.version, seed=wanted.seed))
        return laboratory.report(laboratory.run(chosen, _tell))


@contextmanager
def names_that_exist() -> Iterator[None]:
    """An adapter or a case that does not is a wrong call."""
    try:
        yield
    except (AdapterError, UnknownCaseError) as error:
        raise wrong_usage(str(error)) from error


@contextmanager
def _a_database_that_is_there() -> Iterator[None]:
    """That there is none breaks no promise."""
    try:
        yield
    except DatabaseUnavailableError as error:
        raise CommandError(ExitCode.UNREACHABLE, str(error)) from error


def _tell(case: Case) -> None:
    """One line of progress."""
    reason = f"  {case.reason}" if case.reason else ""
    note(f"  {MARKS[case.status]} {case.id:<16} {case.duration_ms / 1000:6.2f} s{reason}")


MARKS = {"passed": "✓", "failed": "✗", "not_run": "–"}
