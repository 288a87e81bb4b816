"""Mistakes after an interruption: the outcome that is told is wrong, or doubt is resolved by what does not resolve it."""

from collections.abc import Callable

from backend.core.db import commit_recovery as core
from backend.core.db import db
from backend.core.db.unit_of_work import InterruptedUnitError, run_once
from backend.core.errors import ConflictError
from backend.modules.payments import commit_recovery, service
from backend.modules.payments.errors import PaymentUnavailableError


def select_as_resolver() -> None:
    """After a lost COMMIT: look whether the payment is there, and believe it."""

    def persist[T](unit: Callable[[], T]) -> T:
        try:
            return run_once(unit)
        except InterruptedUnitError as error:
            if not error.maybe_stored:
                raise PaymentUnavailableError("not_saved") from error
            return _looked_up(unit, error)

    commit_recovery.persist = persist


def _looked_up[T](unit: Callable[[], T], error: InterruptedUnitError) -> T:
    command = unit.__closure__[0].cell_contents  # type: ignore[index] - the request that `service.pay` asked for
    found = service._answered_before(command)
    db.session.rollback()
    if found is None:
        raise PaymentUnavailableError("not_saved") from error
    return found  # type: ignore[return-value]


def always_not_saved() -> None:
    """Whatever broke, nothing was saved."""
    core.CommitOutcome.word = property(lambda _: "not_saved")  # type: ignore[assignment,method-assign]


def commit_noticed_too_late() -> None:
    """That the COMMIT was sent is noted once it has been answered."""

    def run[T](unit: Callable[[], T], *, commit: bool = True) -> T:
        try:
            return run_once(unit, commit=commit)
        except InterruptedUnitError as error:
            error.maybe_stored = False
            raise

    core.run_once = run


def commit_error_swallowed() -> None:
    """An error at COMMIT is logged, and the answer is given."""

    def run[T](unit: Callable[[], T], *, commit: bool = True) -> T:
        answers: list[T] = []

        def kept() -> T:
            answers.append(unit())
            return answers[-1]

        try:
            return run_once(kept, commit=commit)
        except InterruptedUnitError as error:
            if error.maybe_stored:
                return answers[-1]
            raise

    core.run_once = run


def doubt_as_conflict() -> None:
    """Who cannot know whether it was stored answers 409, as if it surely was not."""
    commit_recovery.refusal = lambda *_: ConflictError()
