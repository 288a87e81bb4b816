"""What operators do with jobs: look at them, give dead ones another life, delete old ones."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from sqlalchemy import ColumnElement

from backend.core import clock
from backend.core.db.after_commit import after_commit
from backend.core.db.transactions import run_unit
from backend.core.jobs import wake_up
from backend.core.jobs.model import CLOSED, JobRow, State
from backend.core.jobs.repository import AT_ONCE, JobRepository

jobs = JobRepository()


def listed(after: int, limit: int, states: Sequence[State], kind: str | None) -> Sequence[JobRow]:
    """Jobs in these states behind the id `after`, the oldest first."""
    return jobs.listed(after, limit, states, kind)


def find(job_id: int) -> JobRow | None:
    """The job, or None."""
    return jobs.find_by(id=job_id)


def revive(job_id: int, kind: str | None = None) -> bool:
    """Let a dead job be tried again from the start; returns False if there is none, or an open job has its key."""
    step = _revived(0, (JobRow.id == job_id, *_of_kind(kind)))
    return step is not None and step.revived == 1


def revive_all(kind: str | None, days: int | None, *more: ColumnElement[bool]) -> int:
    """The same for all dead jobs, or those of this kind and stored in the last `days` days; gives their number. Commits in steps."""
    since = [JobRow.created_at >= clock.utcnow() - timedelta(days=days)] if days else []
    total, last = 0, 0
    while step := _revived(last, (*_of_kind(kind), *since, *more)):
        total, last = total + step.revived, step.last
    return total


def cancel(job_id: int) -> bool:
    """Close an open job; returns False if there is none."""
    return run_unit(lambda: jobs.cancel(clock.utcnow(), JobRow.id == job_id), commit=True, replay=True) == 1


def cancel_all(kind: str) -> int:
    """Close all open jobs of this kind; gives their number. Commits in steps."""
    total = 0
    while cancelled := run_unit(lambda: jobs.cancel_some(kind, AT_ONCE, clock.utcnow()), commit=True, replay=True):
        total += cancelled
    return total


def purge(days: int, *, dead: bool = False, kind: str | None = None) -> int:
    """Delete what ended more than `days` days ago: done and cancelled jobs, or dead ones. Gives their number; commits in steps."""
    return jobs.purge(clock.utcnow() - timedelta(days=days), ("dead",) if dead else CLOSED, kind)


def _of_kind(kind: str | None) -> tuple[ColumnElement[bool], ...]:
    return (JobRow.kind == kind,) if kind else ()


class Step(NamedTuple):
    """How many of the dead jobs that a step looked at were revived, and the last one's id."""

    revived: int
    last: int


def _revived(after: int, which: tuple[ColumnElement[bool], ...]) -> Step | None:
    """Revive the next ones; None behind the last."""
    return run_unit(partial(_revive, after, which, clock.utcnow()), commit=True, replay=True)


def _revive(after: int, which: tuple[ColumnElement[bool], ...], now: datetime) -> Step | None:
    found = jobs.dead(after, AT_ONCE, *which)
    if not found:
        return None
    after_commit(wake_up.wake)
    return Step(jobs.revive(found, now), last=found[-1][0])
