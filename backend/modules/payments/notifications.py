"""Applies the notifications of the payment service: each once, in any order, however often it comes."""

import structlog

from backend.core import clock
from backend.modules.orders import service as orders
from backend.modules.orders.errors import OrderStateError
from backend.modules.payments import ledger, service
from backend.modules.payments.errors import NotificationConflictError, PaymentNotFoundError
from backend.modules.payments.model import Payment
from backend.modules.payments.repository import WebhookEventRepository
from backend.modules.payments.schemas import NotificationIn
from backend.modules.payments.states import Status, may_become

log = structlog.get_logger(__name__)
received = WebhookEventRepository()


def receive(notification: NotificationIn) -> bool:
    """Process a notification; returns whether it changed the payment. The payment's lock lets one through at a time.

    Raises `PaymentNotFoundError` (it may have come too early: the service sends it again) or `NotificationConflictError`.
    """
    payment = service.payments.lock_by(order_number=notification.order_id)
    if payment is None:
        raise PaymentNotFoundError
    if _was_here(notification, payment):
        return False
    if notification.amount != payment.amount_fen:
        log.error("payments.wrong_amount_notified", number=payment.order_number, event_id=notification.event_id)
        raise NotificationConflictError
    applied = may_become(payment.status, notification.status)
    received.append(
        {
            "event_id": notification.event_id,
            "payment_id": payment.id,
            "status": notification.status,
            "applied": applied,
        }
    )
    if applied:
        _apply(notification, payment)
    log.info("payments.notified", number=payment.order_number, status=notification.status, applied=applied)
    return applied


def _was_here(notification: NotificationIn, payment: Payment) -> bool:
    first = received.find_by(event_id=notification.event_id)
    if first is None:
        return False
    if (first.payment_id, first.status) != (payment.id, notification.status):
        log.error("payments.event_id_reused", number=payment.order_number, event_id=notification.event_id)
        raise NotificationConflictError
    return True


def _apply(notification: NotificationIn, payment: Payment) -> None:
    if notification.status == "succeeded":
        _settle(payment)
    else:
        service.payments.update(payment, status="failed")
    service.record(payment, cause=f"notification {notification.event_id}")


def _settle(payment: Payment) -> None:
    """The money has come: mark the order as paid, or the payment as due for a refund if the order can no longer be paid."""
    service.payments.update(payment, status=_paid(payment), settled_at=clock.utcnow())
    service.entries.append(*ledger.entries(payment.id, "settled", payment.amount_fen))


def _paid(payment: Payment) -> Status:
    try:
        orders.mark_paid(payment.order_id)
    except OrderStateError:
        log.error("payments.refund_due", number=payment.order_number)  # noqa: TRY400 - a traceback adds nothing
        return "refund_due"
    return "succeeded"
