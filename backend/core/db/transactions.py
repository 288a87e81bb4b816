"""Where transactions begin and end: one per request, one per step, an independent one for writes that survive an error answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend.core import clock
from backend.core.db import db
from backend.core.db.errors import RETRYABLE, DatabaseFault, classify
from backend.core.observability import metrics
from backend.core.retry import FailedAttempt, RetryPolicy

log = structlog.get_logger(__name__)


class OpenTransactionError(Exception):
    """A handler with steps of its own has left one open; its writes would be lost in silence."""


def lost_against_another(error: Exception) -> bool:
    """Whether the transaction was surely undone because another one was in its way (deadlock, lock wait)."""
    return isinstance(error, DBAPIError) and classify(error) in RETRYABLE


def lost_connection(error: Exception) -> bool:
    """Whether the connection broke under a statement: what the transaction had written until then is undone."""
    return isinstance(error, DBAPIError) and classify(error) is DatabaseFault.LOST


OUTAGE_SECONDS = 1.0  # whoever waited longer for an error waited for a server that is away
RETRIES = RetryPolicy(attempts=3, first_pause=0.04, faults=lost_against_another)


def run_unit[T](unit: Callable[[], T], *, commit: bool, replay: bool) -> T:
    """Run `unit` in one transaction, then commit (a write) or leave it to be rolled back (a read).

    `unit` must build its answer completely: after the commit nothing touches the database. An error of `unit` undoes it.
    With `replay` it runs again from its start if its transaction lost against another one, or its connection broke before
    the COMMIT, so write nothing before it. A connection that broke later than after OUTAGE_SECONDS is no reason for another try.
    """
    too_late = clock.monotonic() + OUTAGE_SECONDS
    sent = False

    def whole() -> T:
        nonlocal sent
        sent = False
        try:
            answer = unit()
            if commit:
                sent = True
                db.session.commit()
        except Exception:
            undo()
            raise
        return answer

    def helps(error: Exception) -> bool:
        return lost_against_another(error) or (not sent and lost_connection(error) and clock.monotonic() < too_late)

    return RETRIES.run(whole, faults=helps, before_retry=announce) if replay else whole()


def undo() -> None:
    """Roll back; if even that fails, drop the connection."""
    try:
        db.session.rollback()
    except DBAPIError:
        db.session().invalidate()


def announce(failure: FailedAttempt, seconds: float) -> None:
    """Log and count that a unit is about to run again."""
    fault = classify(failure.error.__cause__ or failure.error)
    log.info("db.retry", attempt=failure.attempt + 1, of=RETRIES.attempts, fault=fault.value, wait=round(seconds, 3))
    metrics.RETRIES.labels("database").inc()


def release_connection() -> None:
    """Give the connection back before calling a partner, so that a slow one cannot use up the pool.

    Only while the request has written nothing. Loaded objects stay readable; the next query takes a connection again.
    """
    db.session.close()


def check_no_step_is_open() -> None:
    """Raise `OpenTransactionError` if the session is inside a transaction."""
    if db.session().in_transaction():
        raise OpenTransactionError


@contextmanager
def independent_transaction() -> Iterator[Session]:
    """A transaction that is on disk when the block ends, whatever the request answers; for revocations and audit.

    The request's own transaction is rolled back first: a second connection would wait for its locks. So use it
    right before you raise an error: what the request had written until then is gone.
    """
    db.session.rollback()
    with Session(db.engine, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
        yield session
        session.commit()
