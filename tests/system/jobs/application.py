"""An application for the tests of workers as processes: a kind that tells a file what it does, on the database that DATABASE_URL names.

`flask --app tests.system.jobs.application worker`, `celery --app tests.system.jobs.celery_application worker`.
"""

import os
import time
from pathlib import Path

from flask import Flask

from backend import create_app as create
from backend.core import jobs
from backend.core.retry import RetryPolicy

LOG = "JOBS_TEST_LOG"  # the file, one line a word: "begun 1 1", "done 1 1"
KIND = "tests.slow"


def tell(word: str, job: jobs.Job) -> None:
    with Path(os.environ[LOG]).open("a", encoding="utf-8") as file:
        file.write(f"{word} {job.id} {job.attempt}\n")


def run(job: jobs.Job) -> None:
    """Takes as many seconds as the payload says; in its first attempt alone, if that has `once`."""
    tell("begun", job)
    if job.attempt == 1 or not job.payload.get("once"):
        time.sleep(job.payload.get("seconds", 0))
    tell("done", job)


def create_app() -> Flask:
    app = create()
    kind = jobs.JobKind(KIND, run, lease_seconds=2, retries=lambda: RetryPolicy(5, first_pause=0.1))
    jobs.register(app, [kind])
    return app
