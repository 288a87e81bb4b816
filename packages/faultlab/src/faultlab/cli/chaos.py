"""`faultlab chaos`: random faults under load, then everything is counted."""

from pathlib import Path
from typing import Any

import click

from faultlab.cases import chaos as cases
from faultlab.cli import run, run_options
from faultlab.cli.exits import ExitCode
from faultlab.cli.options import command, option

MINUTES = option("--minutes", type=click.FloatRange(min=0.05), default=2.0, show_default=True, help="fault.minutes")
CLIENTS = option("--clients", type=click.IntRange(1, 64), default=8, show_default=True, help="fault.chaos_clients")


@command(
    "chaos",
    "fault.chaos",
    run_options.DB,
    run_options.SERVER,
    run_options.ADAPTER,
    MINUTES,
    CLIENTS,
    run_options.SEED,
    run_options.OUT,
    run_options.SLACK,
)
def chaos(*, minutes: float, clients: int, out: Path, as_json: bool, **wanted: Any) -> ExitCode:
    """Exit 1 if anything was lost, doubled or is half there."""
    report = run_options.report(lambda _: [cases.spec(minutes, clients)], **wanted, testbeds=1)
    return run.done(report, out, as_json=as_json)
