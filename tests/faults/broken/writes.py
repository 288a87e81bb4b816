"""Mistakes with what is written together: in another order, in several transactions, not at all, or with a wrong sum."""

import re
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from backend.core.db import db
from backend.core.db import mysql as db_mysql
from backend.core.db.repository import Repository
from backend.core.jobs.model import JobRow
from backend.core.jobs.repository import JobRepository
from backend.modules.orders import service as orders
from backend.modules.payments import ledger, notifications, outbox, service
from backend.modules.payments.commands import OpenPayment
from backend.modules.payments.model import Payment
from backend.modules.payments.repository import (
    LedgerRepository,
    RequestRepository,
    WebhookEventRepository,
)
from backend.modules.payments.schemas import NotificationIn
from backend.modules.payments.service import Answered

OF_PAYMENTS = re.compile("payment|ledger|jobs|FOR UPDATE")


def commit_twice() -> None:
    """The payment first, what belongs to it afterwards, each in a transaction of its own."""

    def opened(command: OpenPayment) -> Answered:
        order = orders.lock_by_number(command.user_id, command.order_number)
        values = {"order_id": order.id, "order_number": order.number, "user_id": order.user_id}
        payment = service.payments.create(**values, amount_fen=order.amount_fen)
        db.session.commit()
        answer = service.shown(payment)
        service.requests.append(asdict(command) | {"payment_id": payment.id, "answer": answer.model_dump_json()})
        service.entries.append(*ledger.entries(payment.id, "opened", payment.amount_fen))
        service.record(payment, cause="request")
        return Answered(answer, replayed=False)

    service._opened = opened


def _committed(repository: type[Repository[Any]], *, before: bool) -> None:
    """A COMMIT right before or right after these rows are added, and the rest in another transaction."""

    def append(self: Repository[Any], *rows: dict[str, Any]) -> None:
        if before:
            db.session.commit()
        Repository.append(self, *rows)
        if not before:
            db.session.commit()

    repository.append = append  # type: ignore[method-assign]


def ledger_after_commit() -> None:
    """The payment is committed, then it is booked."""
    _committed(LedgerRepository, before=True)


def outbox_after_commit() -> None:
    """The payment is committed, then it is noted that the user is to be told."""
    real = outbox.append
    outbox.append = lambda payment: (db.session.commit(), real(payment))[1]


def request_after_commit() -> None:
    """The payment is committed, then what was answered under which key."""
    _committed(RequestRepository, before=True)


def event_before_effect() -> None:
    """A notification is committed as taken in, then it does what it is for."""
    _committed(WebhookEventRepository, before=False)


def autocommit() -> None:
    """Every statement of a payment is a transaction of its own: nobody has begun one."""
    real = db_mysql.needs_transaction
    db_mysql.needs_transaction = lambda sql: real(sql) and not OF_PAYMENTS.search(str(sql))


# --- not at all
def _nothing(*_: object) -> None: ...


def no_outbox() -> None:
    """Nobody notes that the user is to be told."""
    outbox.append = _nothing


def no_request() -> None:
    """Nobody keeps what was answered under which key."""
    RequestRepository.append = _nothing  # type: ignore[method-assign]


def settled_unbooked() -> None:
    """The payment has succeeded, and the ledger knows nothing of the money."""
    real = notifications._settle

    def settle(notification: NotificationIn, payment: Payment) -> None:
        LedgerRepository.append, kept = _nothing, LedgerRepository.append  # type: ignore[method-assign]
        try:
            real(notification, payment)
        finally:
            LedgerRepository.append = kept  # type: ignore[method-assign]

    notifications.EFFECTS["succeeded"] = settle


def second_charge_swallowed() -> None:
    """Money that comes a second time changes nothing: the payment is paid already."""
    notifications._take_surplus = None  # type: ignore[assignment]


def second_charge_settles() -> None:
    """Whichever transaction succeeds settles the payment, and nobody asks whether another one has."""

    def settle(notification: NotificationIn, payment: Payment) -> None:
        first = service.transactions.find_by(payment_id=payment.id)
        if first:
            service.transactions.update(first, transaction_id=notification.transaction_id)

    notifications._take_surplus = settle


def receivable_left() -> None:
    """A payment has failed, and its user still owes the money in the books."""

    def fail(notification: NotificationIn, payment: Payment) -> None:
        service.payments.update(payment, status="failed")
        service.record(payment, cause=f"notification {notification.event_id}")

    notifications.EFFECTS["failed"] = fail


def failure_not_reopened() -> None:
    """A payment that failed and is paid after all is booked as if it had never failed."""
    real = ledger.entries

    def entries(payment_id: int, posting: ledger.Posting, *rest: int) -> list[dict[str, object]]:
        return [] if posting == "reopened" else real(payment_id, posting, *rest)

    ledger.entries = entries
    Repository.append, kept = (lambda self, *rows: kept(self, *rows) if rows else None), Repository.append  # type: ignore[method-assign]


# --- in another order
def later_message_overtakes() -> None:
    """Whatever is due is sent, also while an earlier message of the same payment waits for its retry."""

    def claimable(self: JobRepository, kind: str, limit: int, *, lockable: bool) -> list[JobRow]:
        query = self.session.query(JobRow).filter(JobRow.state == "waiting", JobRow.kind == kind)
        return query.order_by(JobRow.turn, JobRow.id).limit(limit).with_for_update(skip_locked=True).all()

    JobRepository.claimable = claimable  # type: ignore[method-assign]


# --- a wrong sum
def _entries(changed: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    real = ledger.entries
    ledger.entries = lambda *arguments: changed(real(*arguments))  # type: ignore[arg-type,return-value]


def one_sided() -> None:
    """An entry without the other half of its posting."""
    _entries(lambda rows: rows[:1])


def a_fen_too_many() -> None:
    """Somebody rounds."""
    _entries(lambda rows: [rows[0], rows[1] | {"amount_fen": rows[1]["amount_fen"] - 1}])
