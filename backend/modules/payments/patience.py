"""How long one request waits for an interrupted database: all its tries together, within one budget.

The budget is what lies between the first and the last try: PAYMENT_RETRY_DELAY × (PAYMENT_RETRY_ATTEMPTS - 1) seconds. A
database that has been down for longer than that is not waited for at all.

A connection that broke says little about the database: a pooled one may have been dead for long. So after the first one a
new connection is tried at once, and that is not counted.
"""

from dataclasses import dataclass

from flask import g, has_request_context

from backend.core import clock
from backend.core.db import monitor as db_monitor
from backend.core.db import transactions
from backend.core.db.commit_recovery import COLLISION
from backend.core.db.errors import Fault
from backend.modules.payments import bulkhead, settings
from backend.modules.payments.settings import PaymentSettings

OUTAGE = frozenset({Fault.CONNECT, Fault.LOST, Fault.READONLY})
RECONNECT = 0.02  # seconds until a new connection is tried in place of a broken one


@dataclass(frozen=True, slots=True)
class Try:
    """Another try: the seconds to wait for it, and its number, which that over a new connection does not raise."""

    seconds: float
    attempt: int


class Patience:
    """`next(fault)` is the next try, if there is to be one; `wait(it)` waits for it."""

    def __init__(self, settings: PaymentSettings, monitor: db_monitor.Monitor) -> None:
        self.attempts = settings.payment_retry_attempts
        self.tried = 1
        self._delay = settings.payment_retry_delay
        self._budget = self._delay * (self.attempts - 1)
        self._end = clock.monotonic() + self._budget
        self._monitor = monitor
        self._may_be_stale = True

    def next(self, fault: Fault) -> Try | None:
        """The next try; None if there is to be none."""
        left = self._end - clock.monotonic()
        if self.tried >= self.attempts or left <= 0:
            return None
        if fault is Fault.LOST and self._may_be_stale:
            self._may_be_stale = False
            return Try(RECONNECT, self.tried)
        seconds = transactions.backoff(self.tried) if fault in COLLISION else self._delay_after(fault, left)
        return Try(seconds, self.tried + 1) if seconds else None

    def _delay_after(self, fault: Fault, left: float) -> float:
        """0 where waiting is of no use."""
        left = min(left, self._budget - self._outage_seconds())
        return min(self._delay, left) if fault in OUTAGE and left > 0 else 0.0

    def _outage_seconds(self) -> float:
        """For how long the database is known to be down."""
        if self._monitor.state is not db_monitor.State.DOWN:
            return 0.0
        return (clock.utcnow() - self._monitor.changed_at).total_seconds()

    def wait(self, coming: Try) -> bool:
        """Wait for it, or until the database is seen to return, and count it; False, at once, if too many wait already."""
        with bulkhead.place() as free:
            if free:
                self._monitor.wait_until_up(coming.seconds)
                self.tried = coming.attempt
        return free


def current() -> Patience:
    """The one of this request, whichever part of it asks; outside of a request a new one."""
    if not has_request_context():
        return _new()
    if "payments_patience" not in g:
        g.payments_patience = _new()
    patience: Patience = g.payments_patience
    return patience


def _new() -> Patience:
    return Patience(settings.current(), db_monitor.current())
