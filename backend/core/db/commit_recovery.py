"""Carries a write over an interruption of the database, or says truly what has become of it.

An unknown outcome is never resolved by reading: the COMMIT may still be on its way. Its connection is ended first, and then
the whole unit runs again: its locks and unique keys wait for the transaction in doubt and meet it, or prove that it is gone.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar, Literal

import structlog

from backend.core import clock
from backend.core.db import connections as db_connections
from backend.core.db import db, transactions
from backend.core.db.errors import UNAVAILABLE, Fault, waited_for_lock
from backend.core.db.unit_of_work import InterruptedUnitError, run_once
from backend.core.errors import ConflictError, DuplicateError, ServiceUnavailableError

log = structlog.get_logger(__name__)

COLLISION = frozenset({Fault.CONFLICT, Fault.DATA})  # somebody else was quicker: the next try sees what they did
LONGEST = 5.0  # seconds after the first interruption in which `Tries` begins another one
Outcome = Literal["not_saved", "unknown"]


class InProgressError(ConflictError):
    """A twin of the request is being worked on."""

    msg = "Somebody is at this right now, perhaps a twin of this request; try again."

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "1"})


class OutcomeError(ServiceUnavailableError):
    """The database was interrupted. `data.outcome` says whether what was wanted may have been stored nevertheless."""

    messages: ClassVar[Mapping[Outcome, str]]

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(self.messages[outcome], data={"outcome": outcome})


class Doubt:
    """Whether an earlier try may have been stored, and over which connection its COMMIT went. `of` begins its log lines."""

    def __init__(self, of: str) -> None:
        self._of = of
        self.exists = False
        self._connection: int | None = None

    def note(self, interruption: InterruptedUnitError) -> None:
        if interruption.maybe_stored:
            self.exists, self._connection = True, interruption.connection
            log.warning(self.event("commit_unknown"), fault=interruption.fault.value, connection=self._connection)

    def resolved_by[T](self, unit: Callable[[], T]) -> T:
        if self._connection is not None:
            db_connections.end(db.session(), self._connection)
        return unit()

    def event(self, name: str) -> str:
        """What a line of the log is called."""
        return f"{self._of}.{name}"

    @property
    def outcome(self) -> Outcome:
        return "unknown" if self.exists else "not_saved"


Again = Callable[[InterruptedUnitError, Doubt], bool]


def run_until_done[T](unit: Callable[[], T], doubt: Doubt, again: Again, *, commit: bool = True) -> T:
    """What `unit` gives once it is on disk, exactly once. `unit` may run several times, each run one transaction: it must
    meet what an earlier run has stored.

    `again` waits and says whether there is another try. Raises the last `InterruptedUnitError`; `doubt` is about all tries.
    """
    while True:
        try:
            return run_once(lambda: doubt.resolved_by(unit), commit=commit)
        except DuplicateError as error:
            interruption = _as_interruption(error)
        except InterruptedUnitError as error:
            interruption = error
        doubt.note(interruption)
        if not again(interruption, doubt):
            raise interruption


def _as_interruption(error: DuplicateError) -> InterruptedUnitError:
    interruption = InterruptedUnitError(Fault.DATA, maybe_stored=False, connection=None)
    interruption.__cause__ = error
    return interruption


def twin_at_work(interruption: InterruptedUnitError, doubt: Doubt) -> bool:
    """Whether a lock was waited for in vain, and not that of an earlier try of our own: its holder's client has the answer."""
    return waited_for_lock(interruption.__cause__) and not doubt.exists


def refusal(
    interruption: InterruptedUnitError, doubt: Doubt, unavailable: type[OutcomeError], *, twins: bool = True
) -> BaseException:
    """What the client is to know when there is no other try; `twins` says whether the request can have any."""
    fault = interruption.fault
    log.warning(doubt.event("refused"), fault=fault.value, outcome=doubt.outcome)
    if twins and not doubt.exists and fault in COLLISION:
        return InProgressError()
    if doubt.exists or fault in UNAVAILABLE:
        return unavailable(doubt.outcome)
    return interruption.__cause__ or interruption


class Tries:
    """A policy for `run_until_done`: again after milliseconds where somebody was quicker or there is doubt, but not during
    an outage. Without `twins` a lock that was waited for in vain is waited for again.
    """

    def __init__(self, *, twins: bool) -> None:
        self._twins = twins
        self._made = 0
        self._end = 0.0

    def __call__(self, interruption: InterruptedUnitError, doubt: Doubt) -> bool:
        self._made += 1
        self._end = self._end or clock.monotonic() + LONGEST
        if self._made >= transactions.ATTEMPTS or clock.monotonic() > self._end or not self._helps(interruption, doubt):
            return False
        transactions.wait(self._made, interruption.fault)
        return True

    def _helps(self, interruption: InterruptedUnitError, doubt: Doubt) -> bool:
        if self._twins and twin_at_work(interruption, doubt):
            return False
        broken = doubt.exists and interruption.fault is Fault.LOST
        return interruption.maybe_stored or broken or interruption.fault in COLLISION
