"""Every query about payments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_, select, update

from backend.core.db import Base
from backend.core.repository import Repository, affected
from backend.modules.payments.model import (
    LedgerEntry,
    OutboxMessage,
    Payment,
    PaymentEvent,
    PaymentRequest,
    WebhookEvent,
)


class PaymentRepository(Repository[Payment]):
    model = Payment

    def lock_by_number(self, order_number: str) -> Payment | None:
        """The payment as it is now; it stays so until the transaction ends."""
        query = select(Payment).where(Payment.order_number == order_number).with_for_update()
        return self.session.scalar(query.execution_options(populate_existing=True))


class Journal[M: Base](Repository[M]):
    """Records that are added and never changed."""

    def append(self, *rows: dict[str, Any]) -> None:
        """In one statement, without asking for their ids; past the mapped class, which would only cost time here."""
        self._translate(lambda: self.session.execute(insert(self.model.__table__), [*rows]))  # type: ignore[arg-type]


class RequestRepository(Journal[PaymentRequest]):
    model = PaymentRequest

    def known(self, user_id: int, key: str, order_number: str) -> Sequence[PaymentRequest]:
        """The user's requests with this key or for this order: none, one or two."""
        either = or_(PaymentRequest.idempotency_key == key, PaymentRequest.order_number == order_number)
        return self.session.scalars(select(PaymentRequest).where(PaymentRequest.user_id == user_id, either)).all()


class EventRepository(Journal[PaymentEvent]):
    model = PaymentEvent


class LedgerRepository(Journal[LedgerEntry]):
    model = LedgerEntry


class WebhookEventRepository(Journal[WebhookEvent]):
    model = WebhookEvent


class OutboxRepository(Journal[OutboxMessage]):
    model = OutboxMessage

    def due(self, now: datetime, limit: int) -> Sequence[OutboxMessage]:
        """Messages whose time has come and that no other worker is claiming at this moment; locked where rows can be."""
        query = select(OutboxMessage).where(OutboxMessage.done.is_(False), OutboxMessage.due_at <= now)
        query = query.order_by(OutboxMessage.due_at, OutboxMessage.id).limit(limit).with_for_update(skip_locked=True)
        return self.session.scalars(query.execution_options(populate_existing=True)).all()

    def change(self, message_id: int, seen: int, /, **values: Any) -> bool:
        """Change a message if it is still undone and its attempts are as many as were seen; says whether it was so."""
        mine = (OutboxMessage.id == message_id, OutboxMessage.attempts == seen, OutboxMessage.done.is_(False))
        return affected(self.session.execute(update(OutboxMessage).where(*mine).values(**values))) == 1

    def undelivered(self, limit: int, *, dead_only: bool) -> Sequence[OutboxMessage]:
        """What waits and what was laid aside, the oldest first."""
        query = select(OutboxMessage).where(OutboxMessage.delivered_at.is_(None))
        query = query.where(OutboxMessage.done.is_(True)) if dead_only else query
        return self.session.scalars(query.order_by(OutboxMessage.id).limit(limit)).all()

    def revive(self, message_id: int, now: datetime) -> bool:
        """Let a dead message be sent again from the start; says whether there is such a one."""
        dead = (OutboxMessage.id == message_id, OutboxMessage.done.is_(True), OutboxMessage.delivered_at.is_(None))
        values = {"done": False, "attempts": 0, "due_at": now}
        return affected(self.session.execute(update(OutboxMessage).where(*dead).values(**values))) == 1
