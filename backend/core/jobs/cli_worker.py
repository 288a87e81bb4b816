"""`flask worker`: a process that works on jobs."""

import os
import signal
from collections.abc import Callable
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from prometheus_client import start_http_server

from backend.core.jobs.kinds import known
from backend.core.jobs.worker import Worker


@click.command("worker")
@click.option("--threads", type=click.IntRange(1, 100), help="Jobs that run at the same time; else JOBS_THREADS.")
@click.option("--kind", "kinds", multiple=True, help="Only jobs of these kinds; else all.")
@click.option("--once", is_flag=True, help="Run what is due now, one job after the other, then end.")
@click.option("--metrics-port", type=click.IntRange(1, 65535), help="Show metrics on this port of 127.0.0.1.")
@with_appcontext
def worker(threads: int | None, kinds: tuple[str, ...], once: bool, metrics_port: int | None) -> None:
    """Work on jobs until Ctrl-C or SIGTERM; any number of these may run, on any machines.

    At the signal it claims no more and lets its jobs end for JOBS_DRAIN_SECONDS; a second signal ends it at once. Nothing is lost.
    """
    _check(kinds)
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - threads need the thing itself
    here = Worker(app, threads, kinds)
    if once:
        ended = here.run_due()
        click.echo(", ".join(f"{outcome}: {ended[outcome]}" for outcome in ("done", "retry", "dead", "lost")))
        return
    if metrics_port:
        start_http_server(metrics_port, "127.0.0.1")
    _at_signals(here.stop)
    here.run()


def _check(kinds: tuple[str, ...]) -> None:
    unknown = [kind for kind in kinds if kind not in known().by_name]
    if unknown:
        raise click.UsageError(
            f"No kind of job is called {', '.join(unknown)}; there are {', '.join(sorted(known().by_name))}."
        )


def _at_signals(stop: Callable[[], object]) -> None:
    """The first signal stops, the second ends the process: the leases of what it was doing run out."""
    signals = 0

    def act(*_: Any) -> None:
        nonlocal signals
        signals += 1
        stop() if signals == 1 else os._exit(1)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, act)
