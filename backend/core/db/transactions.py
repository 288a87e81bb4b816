"""Where transactions begin and end: one a request, and one of its own for what must survive an error answer."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from backend.core.backoff import growing
from backend.core.db import db
from backend.core.db.errors import RETRYABLE, Fault, classify
from backend.core.observability import metrics

log = structlog.get_logger(__name__)
ATTEMPTS = 3
BACKOFF = 0.02  # seconds, doubled each time, with jitter


def run_unit[T](unit: Callable[[], T], *, commit: bool, replay: bool) -> T:
    """Run `unit` in one transaction, then commit (a write) or leave it to be rolled back (a read).

    `unit` must build its answer completely: after the commit nothing touches the database. With `replay`, see `again`.
    """

    def whole() -> T:
        answer = unit()
        if commit:
            db.session.commit()
        return answer

    return again(whole, ATTEMPTS if replay else 1)


def again[T](unit: Callable[[], T], attempts: int = ATTEMPTS) -> T:
    """Run `unit`, and from its start once more when its transaction lost against another one (deadlock, lock wait).

    The whole transaction is rolled back in between, so this is for a unit before which the request has written nothing.
    """
    for attempt in range(1, attempts + 1):
        try:
            return unit()
        except DBAPIError as error:
            db.session.rollback()
            if classify(error) not in RETRYABLE or attempt == attempts:
                raise
            wait(attempt, classify(error))
    raise AssertionError("unreachable")  # pragma: no cover - the last attempt returns or raises


def backoff(attempt: int) -> float:
    """Seconds to wait after the try number `attempt`, when another transaction was quicker."""
    return growing(BACKOFF, attempt)


def wait(attempt: int, fault: Fault) -> None:
    """The pause after the try number `attempt` of a unit, which `fault` has ended."""
    seconds = backoff(attempt)
    log.info("db.retry", attempt=attempt + 1, of=ATTEMPTS, fault=fault.value, wait=round(seconds, 3))
    metrics.RETRIES.labels("database").inc()
    time.sleep(seconds)


def release_connection() -> None:
    """Give the connection back before waiting for somebody outside; only while the request has written nothing.

    A slow partner would otherwise use up the pool. What was read stays readable, the next query takes a connection anew.
    """
    db.session.close()


@contextmanager
def independent_transaction() -> Iterator[Session]:
    """A transaction that is on disk when the block ends, whatever the request answers; for revocations and audit.

    The request's own transaction is rolled back first: a second connection would wait for its locks. So this is for
    the moment right before an error is raised, and what the request had written until then is gone.
    """
    db.session.rollback()
    with Session(db.engine, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
        yield session
        session.commit()
