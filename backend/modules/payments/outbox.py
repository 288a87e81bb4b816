"""Tells users what became of their payments: at least once, by any number of workers.

A worker claims messages in a transaction of its own: it counts their attempts up and postpones the time at which they are due
again. Then it sends them while it holds no connection. If it dies, they are due again at that time. The messages of one payment
go out in their order: a later one waits until an earlier one is delivered or given up as dead.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from backend.core import clock
from backend.core.db.transactions import run_unit
from backend.core.deadline import Deadline
from backend.core.http import registry
from backend.core.http.errors import RemoteError
from backend.core.retry import RetryPolicy
from backend.modules.payments import settings
from backend.modules.payments.model import OutboxMessage
from backend.modules.payments.outbox_repository import OutboxRepository

log = structlog.get_logger(__name__)
messages = OutboxRepository()

PATH = "/internal/notification/send"
DONE = range(200, 300)
BATCH = 10
REVIVED_AT_ONCE = 1000
SPARE = 30  # seconds that a worker may take longer than all deadlines of its batch


def retries() -> RetryPolicy:
    """When a message that could not be sent is tried again, and how often until it is given up as dead."""
    return RetryPolicy(settings.current().outbox_attempts, first_pause=5.0, jitter=0.2, longest_pause=3600.0)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker has claimed, with the number of its attempts."""

    id: int
    attempts: int
    user_id: int
    order_number: str
    kind: str


@dataclass(frozen=True, slots=True)
class Round:
    """How one round ended."""

    sent: int
    failed: int


def deliver_due() -> Round:
    """Send what is due, a batch at most."""
    claimed = run_unit(_claim, commit=True, replay=True)
    sent = sum(_deliver(message) for message in claimed)
    return Round(sent, len(claimed) - sent)


def undelivered(after: int, limit: int, *, dead_only: bool) -> list[OutboxMessage]:
    """Messages that wait and dead ones, the oldest first, behind the id `after`."""
    return list(messages.undelivered(after, limit, dead_only=dead_only))


def revive(message_id: int) -> bool:
    """Let a dead message be sent again; returns False if there is none."""
    return run_unit(lambda: messages.revive(message_id, clock.utcnow()), commit=True, replay=True)


def revive_all(kind: str | None, days: int | None) -> int:
    """Let dead messages be sent again, all or those of this kind and of the last `days` days; gives their number."""
    since = clock.utcnow() - timedelta(days=days) if days else None
    total = 0
    while revived := run_unit(
        lambda: messages.revive_some(kind, since, clock.utcnow(), REVIVED_AT_ONCE), commit=True, replay=True
    ):
        total += revived
    return total


def purge(days: int, *, dead: bool) -> int:
    """Delete what was delivered more than `days` days ago, or what is dead and older than that; gives the number of messages."""
    return messages.purge(clock.utcnow() - timedelta(days=days), dead=dead)


def _claim() -> list[Claimed]:
    """Where rows cannot be locked, the number of attempts decides which worker has a message."""
    now = clock.utcnow()
    until = now + timedelta(seconds=BATCH * settings.current().service_deadline_seconds + SPARE)
    due = [
        Claimed(found.id, found.attempts + 1, found.user_id, found.order_number, found.kind)
        for found in messages.due(now, BATCH)
    ]
    return [m for m in due if messages.change(m.id, m.attempts - 1, attempts=m.attempts, due_at=until)]


def _deliver(message: Claimed) -> bool:
    try:
        _send(message)
    except RemoteError as error:
        _put_off(message, type(error).__name__)
        return False
    _finish(message, done=True, delivered_at=clock.utcnow(), last_error="")
    log.info("outbox.delivered", message=message.id, kind=message.kind, attempt=message.attempts)
    return True


def _send(message: Claimed) -> None:
    registry.client("notification").call(
        "POST",
        PATH,
        json={"userId": str(message.user_id), "kind": message.kind, "orderId": message.order_number},
        expected=DONE,
        deadline=Deadline(settings.current().service_deadline_seconds),
        idempotency_key=f"{message.order_number}-{message.kind}",
    )


def _put_off(message: Claimed, error: str) -> None:
    policy = retries()
    dead, pause = message.attempts >= policy.attempts, policy.pause(message.attempts)
    _finish(message, done=dead, due_at=clock.utcnow() + timedelta(seconds=pause), last_error=error)
    (log.error if dead else log.warning)(
        "outbox.dead" if dead else "outbox.not_delivered", message=message.id, attempt=message.attempts, error=error
    )


def _finish(message: Claimed, **values: object) -> None:
    """Nothing is written if the claim has run out and another worker has the message."""
    if not run_unit(lambda: messages.change(message.id, message.attempts, **values), commit=True, replay=True):
        log.warning("outbox.claim_lost", message=message.id, attempt=message.attempts)
