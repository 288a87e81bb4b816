"""Binds jobs to an application: its kinds, its commands, its metrics, and a worker in this process if that is set."""

import threading

from flask import Flask

from backend.core import settings as core_settings
from backend.core.jobs import cli, cli_worker, housekeeping, metrics, periodic, wake_up
from backend.core.jobs.kinds import Periodic, register
from backend.core.jobs.worker import Worker
from backend.core.observability.metrics import add_reading
from backend.core.settings import Settings

WORKER = "jobs_worker"


def init_app(app: Flask) -> None:
    app.extensions[wake_up.EXTENSION] = threading.Event()
    app.extensions[periodic.EXTENSION] = {}
    register(app, periodic=[Periodic("jobs.purge", "17 3 * * *", lambda _: purge_old())])
    add_reading(app, metrics.readings)
    app.cli.add_command(cli.jobs)
    app.cli.add_command(cli_worker.worker)


def purge_old() -> None:
    """Delete what was done or cancelled JOBS_KEEP_DAYS ago."""
    housekeeping.purge(core_settings.current().jobs_keep_days)


def start(app: Flask, settings: Settings) -> None:
    """Work on jobs in threads of this server process, if JOBS_IN_PROCESS says so; call it once the process will not fork any more."""
    if settings.works_on_jobs:
        app.extensions[WORKER] = Worker(app)
        app.extensions[WORKER].start()


def stop(app: Flask) -> None:
    """Let that worker end what it has begun."""
    worker: Worker | None = app.extensions.get(WORKER)
    if worker is not None:
        worker.stop()
        worker.join()
