"""Repeats a write that the database interrupted until it is stored exactly once, or reports whether it may have been stored.

If a COMMIT gets no reply, it may have been applied, and a SELECT cannot tell: the COMMIT may still be on its way. So we first
end its connection, then run the whole unit again. The unit's locks and unique keys make it wait for the earlier transaction;
then it finds the rows of that one, or stores its own.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar, Literal

import structlog

from backend.core.db import connections as db_connections
from backend.core.db import db, transactions
from backend.core.db.connections import ServerSession
from backend.core.db.errors import UNAVAILABLE, DatabaseFault, waited_for_lock
from backend.core.db.unit_of_work import InterruptedUnitError, run_once
from backend.core.errors import ConflictError, DuplicateError, ServiceUnavailableError
from backend.core.headers import RETRY_AFTER
from backend.core.texts import _

log = structlog.get_logger(__name__)

COLLISION = frozenset(
    {DatabaseFault.CONFLICT, DatabaseFault.DATA}
)  # another request was quicker: the next try sees its rows
BUDGET = 5.0  # seconds after the first interruption in which another try begins
Outcome = Literal["not_saved", "unknown"]


class InProgressError(ConflictError):
    """The same request is being processed already."""

    msg = _("The same request is being processed right now; try again.")

    def __init__(self) -> None:
        super().__init__(headers={RETRY_AFTER: "1"})


class OutcomeError(ServiceUnavailableError):
    """The database was interrupted. `data.outcome` says whether the write may have been stored."""

    code = "database_interrupted"
    messages: ClassVar[Mapping[Outcome, str]]

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(self.messages[outcome], data={"outcome": outcome})


class CommitOutcome:
    """Whether an earlier try may have been stored, and the connection of the last COMMIT without a reply.

    `of` is the prefix of its log events.
    """

    def __init__(self, of: str) -> None:
        self._of = of
        self.unknown = False
        self._connection: ServerSession | None = None

    def note(self, interruption: InterruptedUnitError) -> None:
        if interruption.maybe_stored:
            self.unknown, self._connection = True, interruption.connection
            log.warning(
                self.event("commit_unknown"),
                fault=interruption.fault.value,
                connection=interruption.connection and interruption.connection.number,
            )

    def resolved_by[T](self, unit: Callable[[], T]) -> T:
        if self._connection is not None:
            db_connections.end(db.session(), self._connection)
        return unit()

    def event(self, name: str) -> str:
        """The name of a log event."""
        return f"{self._of}.{name}"

    @property
    def word(self) -> Outcome:
        return "unknown" if self.unknown else "not_saved"


Runner = Callable[[Callable[[], Any]], Any]


def run_until_done[T](unit: Callable[[], T], outcome: CommitOutcome, run: Runner, *, commit: bool = True) -> T:
    """Run `unit` until its result is stored exactly once, and return it. `unit` may run several times, each time in a transaction
    of its own; it must find what an earlier run has stored.

    `run` is that of a retry policy. Raises the last `InterruptedUnitError`; `outcome` covers all tries.
    """

    def one_try() -> T:
        try:
            return run_once(lambda: outcome.resolved_by(unit), commit=commit)
        except DuplicateError as error:
            interruption = _as_interruption(error)
        except InterruptedUnitError as error:
            interruption = error
        outcome.note(interruption)
        raise interruption

    done: T = run(one_try)
    return done


def _as_interruption(error: DuplicateError) -> InterruptedUnitError:
    interruption = InterruptedUnitError(DatabaseFault.DATA, maybe_stored=False, connection=None)
    interruption.__cause__ = error
    return interruption


def twin_at_work(interruption: InterruptedUnitError, outcome: CommitOutcome) -> bool:
    """Whether another request, not an earlier try of this one, holds the lock: that request answers its own client."""
    return waited_for_lock(interruption.__cause__) and not outcome.unknown


def refusal(
    interruption: InterruptedUnitError, outcome: CommitOutcome, unavailable: type[OutcomeError], *, twins: bool = True
) -> BaseException:
    """The error for the client after the last try; `twins` says whether another request may be doing the same."""
    fault = interruption.fault
    log.warning(outcome.event("refused"), fault=fault.value, outcome=outcome.word)
    if twins and not outcome.unknown and fault in COLLISION:
        return InProgressError()
    if outcome.unknown or fault in UNAVAILABLE:
        return unavailable(outcome.word)
    return interruption.__cause__ or interruption


def quick_retries(outcome: CommitOutcome, *, twins: bool) -> Runner:
    """Runs a unit again after milliseconds if another request was quicker or the outcome is unknown, but not during an outage.

    With `twins=False` a lock timeout is tried again as well.
    """
    policy = replace(transactions.RETRIES, budget=BUDGET)

    def helps(error: Exception) -> bool:
        return isinstance(error, InterruptedUnitError) and _helps(error, outcome, twins=twins)

    return lambda unit: policy.run(unit, faults=helps, before_retry=transactions.announce)


def _helps(interruption: InterruptedUnitError, outcome: CommitOutcome, *, twins: bool) -> bool:
    if twins and twin_at_work(interruption, outcome):
        return False
    broken = outcome.unknown and interruption.fault is DatabaseFault.LOST
    return interruption.maybe_stored or broken or interruption.fault in COLLISION
