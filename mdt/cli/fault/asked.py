"""The options of whatever runs cases, and the laboratory that they describe."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from mdt.cli.options import option
from mdt.cli.output import note
from mdt.databases import Kind
from mdt.faults.adapters import load
from mdt.faults.laboratory import Laboratory, Wanted, new_seed, open_laboratory
from mdt.faults.record import Case

KINDS: dict[str, Kind] = {"mysql": "mysql", "mariadb": "mariadb", "postgres": "postgresql", "postgresql": "postgresql"}

DB = option("--db", type=click.Choice(list(KINDS)), default="mysql", show_default=True, help="fault.db")
WAY = option("--server", "way", metavar="local|docker|URL", help="fault.server")
ADAPTER = option("--adapter", metavar="NAME", help="fault.adapter")
SEED = option("--seed", type=click.IntRange(min=1), help="fault.seed")
OUT = option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("reports"), help="fault.out")
SLACK = option("--slack", type=click.FloatRange(min=1), default=1.0, show_default=True, help="fault.slack")
LANES = option("--lanes", type=click.IntRange(1, 8), default=2, show_default=True, help="fault.lanes")


@contextmanager
def laboratory(
    *, db: str, way: str | None, adapter: str | None, seed: int | None, slack: float, lanes: int
) -> Iterator[Laboratory]:
    """The one that the options ask for."""
    found = load(adapter, Path.cwd())
    wanted = Wanted(found, KINDS[db], way, seed or new_seed(), lanes, slack)
    with open_laboratory(wanted, note) as opened:
        yield opened


def tell(case: Case) -> None:
    """One line of progress."""
    reason = f"  {case.reason}" if case.reason else ""
    note(f"  {MARKS[case.status]} {case.id:<16} {case.duration_ms / 1000:6.2f} s{reason}")


MARKS = {"passed": "✓", "failed": "✗", "not_run": "–"}
