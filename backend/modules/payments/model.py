"""Payments and what is written with them, as the database keeps it."""

from datetime import datetime
from typing import Any, Never

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from backend.core import clock
from backend.core.db import Base
from backend.core.db.columns import ID, exact
from backend.modules.payments.states import Reported, Status, TransactionStatus


class Payment(Base):
    """The payment of an order: there is one at most, for ever."""

    __tablename__ = "payments"
    __table_args__ = (CheckConstraint("amount_fen > 0", name="positive"), Index(None, "status", "created_at"))

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), unique=True)
    order_number: Mapped[str] = mapped_column(exact(32), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[Status] = mapped_column(String(16), default="pending")
    created_at: Mapped[datetime] = mapped_column(default=clock.utcnow)
    settled_at: Mapped[datetime | None]


class PaymentRequest(Base):
    """A request to pay under its idempotency key, with the first answer to it."""

    __tablename__ = "payment_requests"
    __table_args__ = (UniqueConstraint("user_id", "idempotency_key"),)

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    idempotency_key: Mapped[str] = mapped_column(exact(140))
    order_number: Mapped[str] = mapped_column(exact(32), unique=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), unique=True)
    answer: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=clock.utcnow)


class PaymentEvent(Base):
    """A state that a payment came into, and why."""

    __tablename__ = "payment_events"

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    status: Mapped[Status] = mapped_column(String(16))
    cause: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(default=clock.utcnow)


class PaymentTransaction(Base):
    """Money that came for a payment. The first transaction settles it; whatever comes under another id has to be given back."""

    __tablename__ = "payment_transactions"
    __table_args__ = (UniqueConstraint("payment_id", "number"), CheckConstraint("amount_fen > 0", name="positive"))

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    number: Mapped[int] = mapped_column(Integer)  # 1 for the first of the payment
    transaction_id: Mapped[str | None] = mapped_column(exact(64), unique=True)  # None: from before ids were kept
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[TransactionStatus] = mapped_column(String(16), index=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.utcnow)
    refunded_at: Mapped[datetime | None]


class LedgerEntry(Base):
    """Half of a posting: both halves add up to zero. A posting of the second transaction is `surplus-2`, and so on."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        UniqueConstraint("payment_id", "posting", "account"),
        CheckConstraint("amount_fen <> 0", name="not_zero"),
    )

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    posting: Mapped[str] = mapped_column(String(16))
    account: Mapped[str] = mapped_column(String(32))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=clock.utcnow)


class WebhookEvent(Base):
    """A notification that was taken in; `applied` is false for one that changed nothing. None: from before it was kept."""

    __tablename__ = "webhook_events"

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    event_id: Mapped[str] = mapped_column(exact(64), unique=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), index=True)
    status: Mapped[Reported] = mapped_column(String(16))
    transaction_id: Mapped[str | None] = mapped_column(exact(64))
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    applied: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(default=clock.utcnow)


class PaymentDoubt(Base):
    """A payment whose client was told that it may have been stored; whether it was, `payments` says."""

    __tablename__ = "payment_doubts"

    id: Mapped[int] = mapped_column(ID, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger)
    order_number: Mapped[str] = mapped_column(exact(32), index=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(default=clock.utcnow)


APPEND_ONLY = (PaymentRequest, PaymentEvent, LedgerEntry, WebhookEvent)


def _refuse(_mapper: Mapper[Any], _connection: Any, record: Base) -> Never:
    raise TypeError(f"{type(record).__name__} is append-only: write a new record instead")


for _model in APPEND_ONLY:
    for _change in ("before_update", "before_delete"):
        event.listen(_model, _change, _refuse)
