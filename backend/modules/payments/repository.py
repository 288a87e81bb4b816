"""Every query about payments."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from backend.core import clock
from backend.core.db.repository import Repository
from backend.modules.payments.model import (
    LedgerEntry,
    Payment,
    PaymentEvent,
    PaymentRequest,
    PaymentTransaction,
    WebhookEvent,
)
from backend.modules.payments.states import Status

ACCOUNTS = ("receivable", "sales", "cash", "refunds_payable")


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


class PaymentRepository(Repository[Payment]):
    model = Payment

    def open(self, **values: Any) -> Payment:
        """Store a new pending payment past the mapped class: only read the object that it returns.

        Raises `DuplicateError` if the order has one.
        """
        values |= {"status": "pending", "created_at": clock.utcnow()}
        return Payment(id=self.insert(**values), **values)

    def pending(self, before: datetime, after: int, limit: int) -> Sequence[Payment]:
        """Payments that were opened before that moment and are pending still, by id, behind that of `after`."""
        query = select(Payment).where(Payment.status == "pending", Payment.created_at < before, Payment.id > after)
        return self.session.scalars(query.order_by(Payment.id).limit(limit)).all()

    def oldest_pending(self) -> datetime | None:
        """When the oldest payment that is pending was opened."""
        return self.session.scalar(select(func.min(Payment.created_at)).where(Payment.status == "pending"))


class RequestRepository(Repository[PaymentRequest]):
    model = PaymentRequest

    def known(self, user_id: int, key: str, order_number: str) -> Sequence[Known]:
        """The user's requests with this key or for this order: none, one or two."""
        asked = {"user_id": user_id, "key": key, "order_number": order_number}
        return [Known(*row) for row in self.session.connection().execute(_KNOWN, asked)]


class EventRepository(Repository[PaymentEvent]):
    model = PaymentEvent


class Account(NamedTuple):
    """What the ledger holds of a payment beside its state, read in one statement."""

    payment_id: int
    order_number: str
    status: Status
    amount_fen: int
    kept: int
    due: int
    holds: dict[str, int]


class LedgerRepository(Repository[LedgerEntry]):
    model = LedgerEntry

    def accounts(self, after: int, limit: int) -> list[Account]:
        """Of each payment its state and what each account holds of it, by id, behind that of `after`."""
        columns = (Payment.id, Payment.order_number, Payment.status, Payment.amount_fen)
        kept, due = _money(PaymentTransaction.status != "refunded"), _money(PaymentTransaction.status == "refund_due")
        holds = [_sum(LedgerEntry.amount_fen, LedgerEntry.payment_id, LedgerEntry.account == name) for name in ACCOUNTS]
        query = select(*columns, kept, due, *holds).where(Payment.id > after).order_by(Payment.id).limit(limit)
        return [
            Account(*row[:4], int(row[4]), int(row[5]), dict(zip(ACCOUNTS, map(int, row[6:]), strict=True)))
            for row in self.session.execute(query)
        ]

    def booked(self, payment_id: int) -> set[str]:
        """The postings of this payment."""
        return set(self.session.scalars(select(LedgerEntry.posting).where(LedgerEntry.payment_id == payment_id)))


def _money(condition: ColumnElement[bool]) -> ScalarSelect[int]:
    return _sum(PaymentTransaction.amount_fen, PaymentTransaction.payment_id, condition)


def _sum(column: Any, payment_id: Any, condition: ColumnElement[bool]) -> ScalarSelect[int]:
    """The sum over the rows of the outer query's payment; 0 where there are none."""
    return select(func.coalesce(func.sum(column), 0)).where(payment_id == Payment.id, condition).scalar_subquery()


class WebhookEventRepository(Repository[WebhookEvent]):
    model = WebhookEvent


class Due(NamedTuple):
    """A transaction whose money has to be given back, and the one that settled the payment; None: its id was not kept."""

    id: int
    order_number: str
    transaction_id: str | None
    settled_by: str | None
    amount_fen: int
    created_at: datetime


class TransactionRepository(Repository[PaymentTransaction]):
    model = PaymentTransaction

    def due(self, after: int, limit: int) -> Sequence[Due]:
        """Those whose money has to be given back, by id, behind that of `after`."""
        table, first = PaymentTransaction, aliased(PaymentTransaction)
        ids = (table.id, Payment.order_number, table.transaction_id, first.transaction_id)
        query = select(*ids, table.amount_fen, table.created_at).join(Payment, Payment.id == table.payment_id)
        query = query.outerjoin(first, (first.payment_id == table.payment_id) & (first.number == 1))
        query = query.where(table.status == "refund_due", table.id > after).order_by(table.id).limit(limit)
        return [Due(*row) for row in self.session.execute(query)]
