"""How a worker takes jobs and gives them back: guarded UPDATEs, with the number of attempts as fence.

Rows are locked with SKIP LOCKED where the database has that, so that workers do not wait for each other. Where it has not (TiDB), or
has no row locks (SQLite), the guard alone decides: of several workers that have seen the same row, one changes it.
"""

import json
import random
from collections.abc import Iterable, Sequence
from datetime import timedelta

import structlog
from sqlalchemy import Connection

from backend.core import clock
from backend.core.db.sqlite import reading
from backend.core.db.transactions import release_connection, run_unit
from backend.core.jobs.job import Job, JobKind, jobs
from backend.core.jobs.kinds import known
from backend.core.jobs.model import JobRow, State

log = structlog.get_logger(__name__)
CANDIDATES = 16  # that are looked at for one claim where rows cannot be locked


def due(kinds: Iterable[JobKind]) -> list[JobKind]:
    """Those of the kinds that are enabled, in changing order so that none waits for another; none if nothing is due.

    What is overdue waits again from now on.
    """
    enabled = [kind for kind in kinds if kind.enabled()]
    if not enabled or not is_anything_due([kind.name for kind in enabled]):
        return []
    release_overdue()
    return random.sample(enabled, len(enabled))


@reading
def is_anything_due(kinds: Sequence[str]) -> bool:
    """Whether a claim could find something; costs no lock. What is written next must not begin in this transaction."""
    found = run_unit(lambda: jobs.is_anything_due(kinds, clock.utcnow()), commit=False, replay=True)
    release_connection()
    return found


def release_overdue() -> int:
    """Let scheduled jobs wait that are due, and held ones whose lease is over; gives their number."""
    return run_unit(_release, commit=True, replay=True)


def claim(kind: JobKind, limit: int, *, state: State = "running", seconds: float | None = None) -> list[Job]:
    """Take up to `limit` jobs of the kind: the lease is long enough to run them one after the other, or `seconds`."""
    return run_unit(lambda: _claim(kind, limit, state, seconds), commit=True, replay=True)


def begin(job_id: int, attempt: int) -> Job | None:
    """Take the job that was handed on; None if it is no longer handed, or under another attempt."""
    return run_unit(lambda: _begin(job_id, attempt), commit=True, replay=True)


def give_back(claimed: Sequence[Job]) -> None:
    """Let jobs wait again that were claimed and not begun; this was no attempt."""
    if claimed:
        pairs = [(job.id, job.attempt) for job in claimed]
        run_unit(lambda: jobs.give_back(pairs, clock.utcnow()), commit=True, replay=True)
        log.info("jobs.given_back", number=len(claimed))


def _release() -> int:
    now = clock.utcnow()
    found = jobs.overdue(now, lockable=lockable())
    for job_id, kind, state in found:
        if state != "scheduled":
            log.warning("jobs.lease_over", job=job_id, kind=kind, state=state)
    return jobs.release([job_id for job_id, _, _ in found], now) if found else 0


def _claim(kind: JobKind, limit: int, state: State, seconds: float | None) -> list[Job]:
    locks = lockable()
    rows = [*jobs.claimable(kind.name, limit if locks else max(limit, CANDIDATES), lockable=locks)]
    if not locks:
        rows = random.sample(rows, min(limit, len(rows)))
    now = clock.utcnow()
    until = now + timedelta(seconds=seconds or kind.lease() * len(rows))
    taken = {"state": state, "due_at": until, "started_at": now}
    return [
        _job(kind, row)
        for row in rows
        if jobs.change(row.id, row.attempts, ("waiting",), attempts=row.attempts + 1, **taken)
    ]


def _begin(job_id: int, attempt: int) -> Job | None:
    row = jobs.session.get(JobRow, job_id, populate_existing=True)
    kind = known().get(row.kind) if row else None
    if row is None or kind is None:
        return None
    now = clock.utcnow()
    taken = {"state": "running", "due_at": now + timedelta(seconds=kind.lease()), "started_at": now}
    return _job(kind, row, attempt) if jobs.change(job_id, attempt, ("handed",), **taken) else None


def _job(kind: JobKind, row: JobRow, attempt: int | None = None) -> Job:
    number = attempt or row.attempts + 1
    return Job(
        id=row.id,
        kind=kind,
        payload=json.loads(row.payload),
        attempt=number,
        tries=number - row.attempts_before,
        key=row.job_key,
        group=row.group_key,
        owner=row.owner_id,
        request_id=row.request_id,
    )


def lockable() -> bool:
    """Whether the database can lock rows and pass over locked ones; SQLite takes FOR UPDATE for nothing, and lets one in at a time."""
    connection: Connection = jobs.session.connection()
    if connection.dialect.name not in ("mysql", "mariadb"):
        return True
    return "tidb" not in connection.connection.dbapi_connection.get_server_info().lower()  # type: ignore[union-attr]
