"""Carries a payment over an interruption of the database within its budget, or says truly what has become of it."""

from collections.abc import Callable

import structlog

from backend.core.db.commit_recovery import Doubt, refusal, run_until_done, twin_at_work
from backend.core.db.errors import Fault
from backend.core.db.unit_of_work import InterruptedUnitError
from backend.core.observability import metrics
from backend.modules.payments import patience
from backend.modules.payments.errors import PaymentUnavailableError

log = structlog.get_logger(__name__)


def persist[T](unit: Callable[[], T]) -> T:
    """What `unit` gives once it is on disk, exactly once. `unit` may run several times; each run is one transaction.

    Raises `PaymentUnavailableError` with the outcome, or `InProgressError`.
    """
    return _until_done(unit, commit=True)


def ride_out[T](read: Callable[[], T]) -> T:
    """The same for what only reads."""
    return _until_done(read, commit=False)


def _until_done[T](unit: Callable[[], T], *, commit: bool) -> T:
    patience.current()  # the budget begins here, not with the first failure
    doubt = Doubt("payments")
    try:
        return run_until_done(unit, doubt, _waited, commit=commit)
    except InterruptedUnitError as interruption:
        raise refusal(interruption, doubt, PaymentUnavailableError) from interruption


def _waited(interruption: InterruptedUnitError, doubt: Doubt) -> bool:
    fault = Fault.LOST if interruption.maybe_stored else interruption.fault
    if twin_at_work(interruption, doubt):
        return False
    mine = patience.current()
    coming = mine.next(fault)
    if coming is None:
        return False
    log.warning(
        "payments.retry" if coming.attempt > mine.tried else "payments.reconnect",
        attempt=coming.attempt,
        of=mine.attempts,
        fault=interruption.fault.value,
        wait=round(coming.seconds, 3),
        outcome=doubt.outcome,
    )
    metrics.RETRIES.labels("payments").inc()
    return mine.wait(coming)
