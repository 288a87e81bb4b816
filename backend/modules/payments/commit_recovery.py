"""Repeats what the database interrupted, within the request's retry budget, or reports whether it may have been stored."""

from collections.abc import Callable

from backend.core.db.commit_recovery import CommitOutcome, refusal, run_until_done
from backend.core.db.unit_of_work import InterruptedUnitError
from backend.modules.payments import retry_budget
from backend.modules.payments.errors import PaymentUnavailableError


def persist[T](unit: Callable[[], T]) -> T:
    """Run `unit` until its result is stored exactly once, and return it. `unit` may run several times, each in a transaction of its own.

    Raises `PaymentUnavailableError` with the outcome, or `InProgressError`.
    """
    return _until_done(unit, commit=True)


def ride_out[T](read: Callable[[], T]) -> T:
    """Like `persist`, for a unit that only reads."""
    return _until_done(read, commit=False)


def _until_done[T](unit: Callable[[], T], *, commit: bool) -> T:
    budget = retry_budget.current()  # it begins here, not with the first failure
    outcome = CommitOutcome("payments")
    try:
        return run_until_done(unit, outcome, lambda one_try: budget.run(one_try, outcome), commit=commit)
    except InterruptedUnitError as interruption:
        raise refusal(interruption, outcome, PaymentUnavailableError) from interruption
