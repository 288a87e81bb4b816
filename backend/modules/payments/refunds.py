"""Money that has to be given back: it came twice, or for an order that could no longer be paid. A person gives it back and says so."""

from collections.abc import Sequence
from functools import partial

import structlog

from backend.core import clock
from backend.core.db.after_commit import after_commit
from backend.core.db.transactions import run_unit
from backend.modules.payments import ledger, metrics, service
from backend.modules.payments.model import Payment
from backend.modules.payments.repository import Due
from backend.modules.payments.states import TransactionStatus

log = structlog.get_logger(__name__)


def note(payment: Payment, number: int, transaction_id: str, amount_fen: int) -> None:
    """Store the payment's transaction of this number; if its money has to be given back, alarm once that is committed."""
    reason = "second_transaction" if number > 1 else "order_not_payable"
    due = number > 1 or payment.status == "refund_due"
    status: TransactionStatus = "refund_due" if due else "settled"
    row = {"payment_id": payment.id, "number": number, "transaction_id": transaction_id}
    service.transactions.create(**row, amount_fen=amount_fen, status=status)
    if due:
        after_commit(metrics.REFUNDS_DUE.labels(reason).inc)
        alarm = {"number": payment.order_number, "reason": reason, "amount_fen": amount_fen}
        after_commit(partial(log.error, "payments.refund_due", **alarm))


def due(after: int, limit: int) -> Sequence[Due]:
    """Transactions whose money has to be given back, by id, behind that of `after`."""
    return service.transactions.due(after, limit)


def mark_refunded(refund_id: int) -> bool:
    """A person has given the money of this transaction back: book it, and tell the user if it was the whole payment.

    Returns False if no refund with this id is due.
    """
    return run_unit(lambda: _refunded(refund_id), commit=True, replay=True)


def _refunded(refund_id: int) -> bool:
    found = service.transactions.find_by(id=refund_id)
    payment = service.payments.lock_by(id=found.payment_id) if found else None
    transaction = service.transactions.lock_by(id=refund_id)
    if payment is None or transaction is None or transaction.status != "refund_due":
        return False
    service.transactions.update(transaction, status="refunded", refunded_at=clock.utcnow())
    rows = ledger.entries(payment.id, "refunded", transaction.amount_fen, transaction.number)
    service.entries.append(*rows)
    if transaction.number == 1:
        service.payments.update(payment, status="refunded")
        service.record(payment, cause="refund")
    log.info("payments.refunded", number=payment.order_number, amount_fen=transaction.amount_fen)
    return True
