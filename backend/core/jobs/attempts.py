"""Runs a claimed job and writes down how it ended: done, tried again later, or dead."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Literal

import structlog
from sqlalchemy.exc import SQLAlchemyError

from backend.core import clock
from backend.core.db import db
from backend.core.db.errors import classify
from backend.core.db.transactions import run_unit, undo
from backend.core.errors import DatabaseUnavailableError
from backend.core.jobs import metrics
from backend.core.jobs.job import ClaimLostError, Job, PermanentError
from backend.core.jobs.model import ERROR
from backend.core.observability.log_context import working_for
from backend.core.observability.masking import mask_text
from backend.core.retry import RetryPolicy

log = structlog.get_logger(__name__)
Outcome = Literal["done", "retry", "dead", "lost"]
ABANDONED = "each attempt ended without a word: its worker was killed, or its lease was too short"

INTERRUPTED = (SQLAlchemyError, DatabaseUnavailableError)
ENDING = RetryPolicy(  # of writing down how an attempt ended: its work is done, so a short outage is waited for
    attempts=5, first_pause=0.2, longest_pause=2.0, faults=lambda error: isinstance(error, INTERRUPTED)
)


def run(job: Job) -> Outcome:
    """Run the job in the application context of the caller; gives how it ended. Never raises an error of the handler."""
    began = time.perf_counter()
    with working_for(job.request_id, job=job.id, kind=job.kind.name, attempt=job.attempt):
        outcome = _run(job)
    metrics.FINISHED.labels(job.kind.name, outcome).inc()
    metrics.SECONDS.labels(job.kind.name).observe(time.perf_counter() - began)
    return outcome


def _run(job: Job) -> Outcome:
    if job.tries > job.kind.retries().attempts:
        return _written(lambda: _bury(job, ABANDONED), "dead")
    try:
        job.kind.run(job)
        _end(job)
    except ClaimLostError:
        undo()
        log.warning("jobs.claim_lost")
        return "lost"
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is a failed attempt
        undo()
        return _failed(job, error)
    log.info("jobs.done")
    return "done"


def _end(job: Job) -> None:
    """Commit what the handler has written together with the end of the job. With nothing of the handler's in it, it may run again."""
    now = clock.utcnow()
    values = {"state": "done", "open_key": None, "finished_at": now, "last_error": ""}

    def end() -> None:
        if not job.change(**values):
            raise ClaimLostError

    if db.session().in_transaction():
        run_unit(end, commit=True, replay=False)
    else:
        ENDING.run(lambda: run_unit(end, commit=True, replay=True))


def _failed(job: Job, error: Exception) -> Outcome:
    policy = job.kind.retries()
    reason = mask_text(f"{type(error).__name__}: {error}".removesuffix(": "))[:ERROR]
    if isinstance(error, PermanentError):
        return _written(lambda: _bury(job, mask_text(str(error))[:ERROR]), "dead")
    if job.tries >= policy.attempts:
        return _written(lambda: _bury(job, reason), "dead")
    pause = policy.pause(job.tries)
    log.warning("jobs.failed", error=reason, again_in=round(pause, 1), exc_info=_unexpected(job, error))
    return _written(lambda: _put_off(job, pause, reason), "retry")


def _unexpected(job: Job, error: Exception) -> Exception | None:
    """The error, if its traceback is worth a place in the log."""
    return None if isinstance(error, job.kind.expected) else error


def _put_off(job: Job, pause: float, reason: str) -> None:
    due = clock.utcnow() + timedelta(seconds=pause)
    _change(job, state="scheduled", due_at=due, last_error=reason)


def _bury(job: Job, reason: str) -> None:
    _change(job, state="dead", open_key=None, finished_at=clock.utcnow(), last_error=reason)
    if job.kind.on_dead:
        job.kind.on_dead(job, reason)


def _change(job: Job, **values: Any) -> None:
    if not job.change(**values):
        raise ClaimLostError


def _written(write: Callable[[], None], outcome: Outcome) -> Outcome:
    """Write how an attempt ended; if even that fails, the lease runs out and the job is tried again."""
    try:
        ENDING.run(lambda: run_unit(write, commit=True, replay=True))
    except ClaimLostError:
        log.warning("jobs.claim_lost")
        return "lost"
    except INTERRUPTED as error:
        log.warning("jobs.end_not_written", fault=classify(error).value)
        return "lost"
    if outcome == "dead":
        log.error("jobs.dead")
    return outcome
