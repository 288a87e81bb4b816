"""Fixtures of the tests of jobs: kinds for one test, what is stored, a worker that runs what is due, a clock that is moved on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from backend.core import clock, jobs
from backend.core.db import db
from backend.core.jobs.job import JobKind
from backend.core.jobs.kinds import EXTENSION
from backend.core.jobs.model import JobRow
from backend.core.jobs.worker import Worker
from backend.core.retry import RetryPolicy

KIND = "tests.note"


@pytest.fixture
def ran() -> list[jobs.Job]:
    """The jobs that were run, in their order."""
    return []


@pytest.fixture
def kind(app: Flask, monkeypatch: pytest.MonkeyPatch, ran: list[jobs.Job]) -> Callable[..., JobKind]:
    """`kind(run=fail, batch=3)`: a kind that this test alone knows; without `run` its jobs note that they ran."""

    def make(name: str = KIND, run: Callable[[jobs.Job], Any] = ran.append, **values: Any) -> JobKind:
        found = JobKind(name, run, **values)
        monkeypatch.setitem(app.extensions[EXTENSION].by_name, name, found)
        return found

    return make


@pytest.fixture
def enqueue(app: Flask) -> Callable[..., int]:
    """`enqueue(n=1, key="a")`: store a job with this payload in a transaction of its own; gives its id."""

    def store(kind: str = KIND, key=None, group=None, owner=None, delay=0, **payload: Any) -> int:
        with app.app_context():
            job_id = jobs.enqueue(kind, payload, key=key, group=group, owner=owner, delay=delay)
            db.session.commit()
        return job_id

    return store


@pytest.fixture
def work(app: Flask) -> Callable[..., dict[str, int]]:
    """Run what is due; gives the attempts by outcome."""
    return lambda *kinds: {**Worker(app, 1, kinds or [KIND]).run_due()}


@pytest.fixture
def stored(app: Flask) -> Callable[[int], JobRow]:
    """A job as it is stored: `stored(job_id).state`."""

    def read(job_id: int) -> JobRow:
        with app.app_context():
            return db.session.get_one(JobRow, job_id)

    return read


@pytest.fixture
def change(app: Flask) -> Callable[..., None]:
    """`change(job_id, attempts=3)`: past everything that guards it."""

    def write(job_id: int, **values: Any) -> None:
        with app.app_context():
            db.session.execute(db.update(JobRow).where(JobRow.id == job_id).values(**values))
            db.session.commit()

    return write


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`time_passes(minutes=15)`: it is so much later than it really is."""
    real = clock.utcnow
    return lambda **later: monkeypatch.setattr(clock, "utcnow", lambda: real() + timedelta(**later))


def twice(attempts: int = 2) -> Callable[[], RetryPolicy]:
    """Retries without jitter: after 5 seconds, 10, 20 …"""
    return lambda: RetryPolicy(attempts, first_pause=5.0, jitter=0)
