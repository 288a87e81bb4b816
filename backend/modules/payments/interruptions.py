"""Carries a payment over an interruption of the database, or says truly what has become of it.

An unknown outcome is never resolved by reading: the COMMIT may still be on its way. Its connection is ended first, and then
the whole unit runs again: its locks and unique keys wait for the transaction in doubt and meet it, or prove that it is gone.
"""

from collections.abc import Callable
from typing import Any

import structlog

from backend.core import db_connections, metrics
from backend.core.db import db
from backend.core.db_errors import UNAVAILABLE, Fault, waited_for_lock
from backend.core.errors import DuplicateError
from backend.core.unit_of_work import InterruptedUnitError, run_once
from backend.modules.payments import bulkhead, patience
from backend.modules.payments.errors import PaymentInProgressError, PaymentUnavailableError

log = structlog.get_logger(__name__)


def persist[T](unit: Callable[[], T]) -> T:
    """What `unit` gives once it is on disk, exactly once. `unit` may run several times; each run is one transaction.

    Raises `PaymentUnavailableError` with the outcome, or `PaymentInProgressError`.
    """
    return _until_done(unit, commit=True)


def ride_out[T](read: Callable[[], T]) -> T:
    """The same for what only reads."""
    return _until_done(read, commit=False)


def _until_done[T](unit: Callable[[], T], *, commit: bool) -> T:
    patience.current()  # the budget begins here, not with the first failure
    with bulkhead.current().passage() as free:
        if not free:
            log.warning("payments.refused", fault=Fault.OVERLOAD.value, outcome="not_saved")
            raise PaymentUnavailableError("not_saved")
        return _tried_until_done(unit, commit=commit)


def _tried_until_done[T](unit: Callable[[], T], *, commit: bool) -> T:
    doubt = Doubt()
    while True:
        try:
            return run_once(lambda: doubt.resolved_by(unit), commit=commit)
        except DuplicateError as error:
            _again_or_refuse(_as_interruption(error), doubt)
        except InterruptedUnitError as error:
            _again_or_refuse(error, doubt)


class Doubt:
    """Whether an earlier try may have been stored, and over which connection its COMMIT went."""

    def __init__(self) -> None:
        self.exists = False
        self._connection: int | None = None

    def note(self, interruption: InterruptedUnitError) -> None:
        if interruption.maybe_stored:
            self.exists, self._connection = True, interruption.connection
            log.warning("payments.commit_unknown", fault=interruption.fault.value, connection=self._connection)

    def resolved_by[T](self, unit: Callable[[], T]) -> T:
        if self._connection is not None:
            db_connections.end(db.session(), self._connection)
        return unit()

    @property
    def outcome(self) -> Any:
        return "unknown" if self.exists else "not_saved"


def _as_interruption(error: DuplicateError) -> InterruptedUnitError:
    interruption = InterruptedUnitError(Fault.DATA, maybe_stored=False, connection=None)
    interruption.__cause__ = error
    return interruption


def _again_or_refuse(interruption: InterruptedUnitError, doubt: Doubt) -> None:
    """Wait before the next try, or raise what the client is to know."""
    doubt.note(interruption)
    if not _waited(interruption, doubt):
        raise _refusal(interruption, doubt) from interruption


def _waited(interruption: InterruptedUnitError, doubt: Doubt) -> bool:
    fault = Fault.LOST if interruption.maybe_stored else interruption.fault
    if waited_for_lock(interruption.__cause__) and not doubt.exists:
        return False  # a twin is at work: its client will have the answer
    mine = patience.current()
    seconds = mine.pause(fault)
    if seconds is None:
        return False
    log.warning(
        "payments.retry",
        attempt=mine.tried + 1,
        of=mine.attempts,
        fault=interruption.fault.value,
        wait=round(seconds, 3),
        outcome=doubt.outcome,
    )
    metrics.RETRIES.labels("payments").inc()
    return mine.wait(seconds)


def _refusal(interruption: InterruptedUnitError, doubt: Doubt) -> BaseException:
    fault = interruption.fault
    log.warning("payments.refused", fault=fault.value, outcome=doubt.outcome)
    if not doubt.exists and fault in (Fault.CONFLICT, Fault.DATA):
        return PaymentInProgressError()
    if doubt.exists or fault in UNAVAILABLE:
        return PaymentUnavailableError(doubt.outcome)
    return interruption.__cause__ or interruption
