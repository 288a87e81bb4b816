"""Applies the notifications of the payment service: each once, in any order, however often it comes."""

from collections.abc import Callable
from typing import Any

import structlog

from backend.core import clock
from backend.modules.orders import service as orders
from backend.modules.orders.errors import OrderStateError
from backend.modules.payments import ledger, metrics, refunds, service
from backend.modules.payments.errors import NotificationConflictError, PaymentNotFoundError
from backend.modules.payments.model import Payment
from backend.modules.payments.repository import WebhookEventRepository
from backend.modules.payments.schemas import NotificationIn
from backend.modules.payments.states import Status, may_become

log = structlog.get_logger(__name__)
received = WebhookEventRepository()

CONFLICTS = {  # what contradicts: the line of the log
    "event_id": "payments.event_id_reused",
    "transaction": "payments.transaction_id_reused",
    "amount": "payments.wrong_amount_notified",
}
Effect = Callable[[NotificationIn, Payment], None]


def receive(notification: NotificationIn) -> bool:
    """Process a notification; returns whether it changed anything. The payment's lock lets one through at a time.

    Raises `PaymentNotFoundError` (it may have come too early: the service sends it again) or `NotificationConflictError`.
    """
    payment = service.payments.lock_by(order_number=notification.order_id)
    if payment is None:
        raise PaymentNotFoundError
    if _was_here(notification, payment):
        return False
    effect = _effect(notification, payment)
    event = {"event_id": notification.event_id, "applied": effect is not None}
    received.append(_content(notification, payment) | event)
    if effect:
        effect(notification, payment)
    log.info("payments.notified", number=payment.order_number, status=notification.status, applied=effect is not None)
    return effect is not None


def _was_here(notification: NotificationIn, payment: Payment) -> bool:
    """Whether this event was taken in before; what was not kept then (None) agrees with everything."""
    first = received.find_by(event_id=notification.event_id)
    if first is None:
        return False
    said = _content(notification, payment)
    _check(all(getattr(first, name) in (None, value) for name, value in said.items()), "event_id", notification)
    return True


def _content(notification: NotificationIn, payment: Payment) -> dict[str, Any]:
    return {
        "payment_id": payment.id,
        "status": notification.status,
        "transaction_id": notification.transaction_id,
        "amount_fen": notification.amount,
    }


def _effect(notification: NotificationIn, payment: Payment) -> Effect | None:
    """What the notification does; None if it changes nothing. Money under a second id is taken whatever the state and the amount are."""
    if notification.status == "succeeded":
        known = service.transactions.find_by(transaction_id=notification.transaction_id)
        if known:
            same = (known.payment_id, known.amount_fen) == (payment.id, notification.amount)
            _check(same, "transaction", notification)
            return None
        if not may_become(payment.status, "succeeded"):
            return _take_surplus
    _check(notification.amount == payment.amount_fen, "amount", notification)
    return EFFECTS[notification.status] if may_become(payment.status, notification.status) else None


def _check(agrees: bool, what: str, notification: NotificationIn) -> None:
    """Raise `NotificationConflictError` unless it agrees, and alarm: somebody has to look."""
    if not agrees:
        metrics.CONFLICTS.labels(what).inc()
        log.error(CONFLICTS[what], number=notification.order_id, event_id=notification.event_id)
        raise NotificationConflictError


def _fail(notification: NotificationIn, payment: Payment) -> None:
    service.fail(payment, cause=f"notification {notification.event_id}")


def _settle(notification: NotificationIn, payment: Payment) -> None:
    """The money has come: mark the order as paid, or the payment as due for a refund if the order can no longer be paid."""
    if payment.status == "failed":
        service.entries.append(*ledger.entries(payment.id, "reopened", payment.amount_fen))
    service.payments.update(payment, status=_paid(payment), settled_at=clock.utcnow())
    service.entries.append(*ledger.entries(payment.id, "settled", payment.amount_fen))
    if payment.status == "refund_due":
        service.entries.append(*ledger.entries(payment.id, "owed", payment.amount_fen))
    refunds.note(payment, 1, notification.transaction_id, payment.amount_fen)
    service.record(payment, cause=f"notification {notification.event_id}")


def _paid(payment: Payment) -> Status:
    try:
        orders.mark_paid(payment.order_id)
    except OrderStateError:
        return "refund_due"
    return "succeeded"


def _take_surplus(notification: NotificationIn, payment: Payment) -> None:
    """The customer was charged once more: the payment stays what it is, and this money has to be given back."""
    number = max(2, service.transactions.count(payment_id=payment.id) + 1)
    service.entries.append(*ledger.entries(payment.id, "surplus", notification.amount, number))
    refunds.note(payment, number, notification.transaction_id, notification.amount)


EFFECTS: dict[str, Effect] = {"succeeded": _settle, "failed": _fail}
