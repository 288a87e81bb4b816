"""The worker of Celery, for JOBS_BROKER_URL: `celery --app backend.server.celery_worker worker`. Relays (`flask worker`) hand jobs to it."""

from importlib import import_module
from typing import Any

import click
from flask import Flask

from backend import create_app
from backend.core.db import db
from backend.core.jobs import broker


def celery_for(app: Flask) -> Any:
    """Celery's application that runs the jobs of `app`; raises `click.ClickException` without JOBS_BROKER_URL."""
    settings = app.extensions["settings"]
    if not settings.jobs_broker_url.get_secret_value():
        raise click.ClickException("JOBS_BROKER_URL is empty: set it, or run `flask worker`, which needs no broker.")
    celery = broker.connect(settings)

    def run(job_id: int, attempt: int) -> None:
        with app.app_context():
            broker.run_handed(job_id, attempt)

    def forget_connections(**_: object) -> None:
        """Celery forks: a child must not use the connections of its parent."""
        with app.app_context():
            db.engine.dispose(close=False)

    celery.task(run, name=broker.TASK)
    import_module("celery.signals").worker_process_init.connect(forget_connections, weak=False)
    return celery


def __getattr__(name: str) -> Any:
    """`app`, which Celery's command asks for, made when it is asked for."""
    if name == "app":
        globals()["app"] = celery_for(create_app())
        return globals()["app"]
    raise AttributeError(name)
