"""How long one request waits for an interrupted database: one budget for all its tries.

The budget is the time from the first to the last try: PAYMENT_RETRY_DELAY × (PAYMENT_RETRY_ATTEMPTS - 1) seconds. If the
database has been down for longer than that, nobody waits.

A broken connection does not mean that the database is down: it may have died in the pool long ago. So after the first broken
one a new connection is tried at once, and that try is not counted.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import structlog

from backend.core import clock, running
from backend.core.db import monitor as db_monitor
from backend.core.db import transactions
from backend.core.db.commit_recovery import COLLISION, CommitOutcome, twin_at_work
from backend.core.db.errors import DatabaseFault
from backend.core.db.unit_of_work import InterruptedUnitError
from backend.core.observability import metrics
from backend.core.retry import RetryPolicy
from backend.modules.payments import bulkhead, settings
from backend.modules.payments.settings import PaymentSettings

log = structlog.get_logger(__name__)

OUTAGE = frozenset({DatabaseFault.CONNECT, DatabaseFault.LOST, DatabaseFault.READONLY})
RECONNECT = 0.02  # seconds until a new connection is tried in place of a broken one
STATE = "payments_retry_budget"


class NextTry(NamedTuple):
    """The pause before another try, in seconds, and its number; a try over a new connection is not counted."""

    seconds: float
    attempt: int


class RetryBudget:
    """The tries of one request, whichever part of it makes them. `run(unit, outcome)` makes them."""

    def __init__(self, settings: PaymentSettings, monitor: db_monitor.Monitor) -> None:
        attempts, delay = settings.payment_retry_attempts, settings.payment_retry_delay
        self.policy = RetryPolicy(attempts, first_pause=delay, growth=1, jitter=0, budget=delay * (attempts - 1))
        self.tried = 1
        self._end = clock.monotonic() + self.policy.budget
        self._monitor = monitor
        self._may_be_stale = True

    def run[T](self, unit: Callable[[], T], outcome: CommitOutcome) -> T:
        """Run `unit` and return its result; raises its last `InterruptedUnitError`, also if too many already wait for the database."""
        failed: list[tuple[InterruptedUnitError, NextTry]] = []

        def helps(error: Exception) -> bool:
            coming = self._after(error, outcome) if isinstance(error, InterruptedUnitError) else None
            failed[:] = [(error, coming)] if isinstance(error, InterruptedUnitError) and coming else []
            return bool(failed)

        def wait(_: float) -> None:
            interruption, coming = failed[0]
            if not self.wait(coming):
                raise interruption

        policy = replace(self.policy, attempts=self.policy.attempts + 1)  # one over a new connection is not counted
        return policy.run(
            unit,
            faults=helps,
            pause=lambda _: failed[0][1].seconds,
            before_retry=lambda *_: self._announce(*failed[0], outcome),
            sleep=wait,
        )

    def _after(self, interruption: InterruptedUnitError, outcome: CommitOutcome) -> NextTry | None:
        if twin_at_work(interruption, outcome):
            return None
        return self.next(DatabaseFault.LOST if interruption.maybe_stored else interruption.fault)

    def _announce(self, interruption: InterruptedUnitError, coming: NextTry, outcome: CommitOutcome) -> None:
        log.warning(
            "payments.retry" if coming.attempt > self.tried else "payments.reconnect",
            attempt=coming.attempt,
            of=self.policy.attempts,
            fault=interruption.fault.value,
            wait=round(coming.seconds, 3),
            outcome=outcome.word,
        )
        metrics.RETRIES.labels("payments").inc()

    def next(self, fault: DatabaseFault) -> NextTry | None:
        """The next try, or None."""
        left = self._end - clock.monotonic()
        if self.tried >= self.policy.attempts or left <= 0:
            return None
        if fault is DatabaseFault.LOST and self._may_be_stale:
            self._may_be_stale = False
            return NextTry(RECONNECT, self.tried)
        collided = fault in COLLISION
        seconds = transactions.RETRIES.pause(self.tried) if collided else self._delay_after(fault, left)
        return NextTry(seconds, self.tried + 1) if seconds else None

    def _delay_after(self, fault: DatabaseFault, left: float) -> float:
        """Seconds; 0 if waiting cannot help."""
        left = min(left, self.policy.budget - self._outage_seconds())
        return min(self.policy.pause(self.tried), left) if fault in OUTAGE and left > 0 else 0.0

    def _outage_seconds(self) -> float:
        """For how long the database is known to be down."""
        if self._monitor.state is not db_monitor.State.DOWN:
            return 0.0
        return (clock.utcnow() - self._monitor.changed_at).total_seconds()

    def wait(self, coming: NextTry) -> bool:
        """Wait before the try, or until the database is back, and count it; False at once if too many already wait."""
        with bulkhead.place() as free:
            if free:
                self._monitor.wait_until_up(coming.seconds)
                self.tried = coming.attempt
        return free


def current() -> RetryBudget:
    """The budget of this request, whichever part of it asks; outside of a request a new one."""
    kept = running.request_state()
    if STATE not in kept:
        kept[STATE] = RetryBudget(settings.current(), db_monitor.current())
    budget: RetryBudget = kept[STATE]
    return budget
