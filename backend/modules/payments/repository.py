"""Every query about payments."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Insert, bindparam, insert, or_, select, update

from backend.core import clock
from backend.core.db import Base
from backend.core.db.purging import purge
from backend.core.db.repository import Repository, affected
from backend.modules.payments.model import (
    LedgerEntry,
    OutboxMessage,
    Payment,
    PaymentEvent,
    PaymentRequest,
    WebhookEvent,
)


class Known(NamedTuple):
    """A request to pay that was answered."""

    idempotency_key: str
    order_number: str
    amount_fen: int
    answer: str


_KNOWN = select(*(getattr(PaymentRequest, name) for name in Known._fields)).where(
    PaymentRequest.user_id == bindparam("user_id"),
    or_(PaymentRequest.idempotency_key == bindparam("key"), PaymentRequest.order_number == bindparam("order_number")),
)


@cache
def _adding(model: type[Base]) -> Insert:
    return insert(model.__table__)  # type: ignore[arg-type]


class PaymentRepository(Repository[Payment]):
    model = Payment

    def open(self, **values: Any) -> Payment:
        """Store a new pending payment, past the mapped class as `append` does: only read the object that it returns.

        Raises `DuplicateError` if the order has one.
        """
        values |= {"status": "pending", "created_at": clock.utcnow()}
        stored = self._translate(lambda: self.session.connection().execute(_adding(Payment), values))
        return Payment(id=stored.inserted_primary_key[0], **values)


class Journal[M: Base](Repository[M]):
    """Records that are added and never changed."""

    def append(self, *rows: dict[str, Any]) -> None:
        """Insert them in one statement, without reading their ids, past the mapped class: it would only cost time here."""
        statement = _adding(self.model)
        self._translate(lambda: self.session.connection().execute(statement, rows))


class RequestRepository(Journal[PaymentRequest]):
    model = PaymentRequest

    def known(self, user_id: int, key: str, order_number: str) -> Sequence[Known]:
        """The user's requests with this key or for this order: none, one or two."""
        asked = {"user_id": user_id, "key": key, "order_number": order_number}
        return [Known(*row) for row in self.session.connection().execute(_KNOWN, asked)]


class EventRepository(Journal[PaymentEvent]):
    model = PaymentEvent


class LedgerRepository(Journal[LedgerEntry]):
    model = LedgerEntry


class WebhookEventRepository(Journal[WebhookEvent]):
    model = WebhookEvent


class OutboxRepository(Journal[OutboxMessage]):
    model = OutboxMessage

    def due(self, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        """Messages that are due and that no other worker is claiming now; locked if the database can lock rows."""
        query = select(OutboxMessage).where(OutboxMessage.done.is_(False), OutboxMessage.due_at <= now)
        query = query.order_by(OutboxMessage.due_at, OutboxMessage.id).limit(limit).with_for_update(skip_locked=True)
        return self.session.scalars(query.execution_options(populate_existing=True)).all()

    def change(self, message_id: int, seen: int, /, **values: Any) -> bool:
        """Change a message if it is not done and still has that number of attempts; returns whether it did."""
        mine = (OutboxMessage.id == message_id, OutboxMessage.attempts == seen, OutboxMessage.done.is_(False))
        return affected(self.session.execute(update(OutboxMessage).where(*mine).values(**values))) == 1

    def undelivered(self, limit: int, *, dead_only: bool) -> Sequence[OutboxMessage]:
        """Messages that wait and dead ones, the oldest first."""
        query = select(OutboxMessage).where(OutboxMessage.delivered_at.is_(None))
        query = query.where(OutboxMessage.done.is_(True)) if dead_only else query
        return self.session.scalars(query.order_by(OutboxMessage.id).limit(limit)).all()

    def purge(self, before: datetime) -> int:
        """Delete messages that were delivered before that moment; gives their number. Commits in steps."""
        return purge(OutboxMessage, OutboxMessage.delivered_at < before)

    def revive(self, message_id: int, now: datetime) -> bool:
        """Let a dead message be sent again from the start; returns False if there is none."""
        dead = (OutboxMessage.id == message_id, OutboxMessage.done.is_(True), OutboxMessage.delivered_at.is_(None))
        values = {"done": False, "attempts": 0, "due_at": now}
        return affected(self.session.execute(update(OutboxMessage).where(*dead).values(**values))) == 1
