"""`faultlab chaos`: random faults under load, then everything is counted."""

from pathlib import Path
from typing import Any

import click

from faultlab.cases import chaos as cases
from faultlab.cli import asked, run
from faultlab.cli.exits import ExitCode
from faultlab.cli.options import command, option

MINUTES = option("--minutes", type=click.FloatRange(min=0.05), default=2.0, show_default=True, help="fault.minutes")
CLIENTS = option("--clients", type=click.IntRange(1, 64), default=8, show_default=True, help="fault.chaos_clients")


@command(
    "chaos", "fault.chaos", asked.DB, asked.WAY, asked.ADAPTER, MINUTES, CLIENTS, asked.SEED, asked.OUT, asked.SLACK
)
def chaos(*, minutes: float, clients: int, out: Path, as_json: bool, **wanted: Any) -> ExitCode:
    """Exit 1 if anything was lost, doubled or is half there."""
    report = asked.report(lambda _: [cases.spec(minutes, clients)], **wanted, lanes=1)
    return run.done(report, out, as_json=as_json)
