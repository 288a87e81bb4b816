"""Payments over HTTP."""

from flask import request

from backend.core.headers import IDEMPOTENCY_KEY
from backend.core.idempotency import read_key
from backend.core.security.principal import Principal
from backend.core.web.replayed import mark_replayed
from backend.modules.payments import notifications, service
from backend.modules.payments.schemas import NotificationIn, NotificationOut, PaymentIn, PaymentOut


def create_payment(principal: Principal, body: PaymentIn) -> PaymentOut:
    """Pay an order

    An order is paid once: sending the request again returns the first answer, with `Idempotent-Replayed: true`. After a 503,
    `data.outcome` says whether the payment was not saved (`not_saved`) or may have been (`unknown`). The `Idempotency-Key`
    header is optional; without it the order's number is the key.
    """
    key = read_key(request.headers.get(IDEMPOTENCY_KEY))
    answered = service.pay(principal.user_id, order_number=body.order_id, amount_fen=body.amount, key=key)
    if answered.replayed:
        mark_replayed()
    return answered.answer


def get_payment(principal: Principal, order_id: str) -> PaymentOut:
    """Get the payment of one of your orders"""
    return service.get(principal.user_id, order_id)


def notify(body: NotificationIn) -> NotificationOut:
    """Receive a notification from the payment service

    `X-Payment-Timestamp` is its time in seconds, `X-Payment-Signature` the hexadecimal HMAC-SHA256 over that, a full stop and
    the raw body. Notifications may be repeated and may come in any order.
    """
    return NotificationOut(event_id=body.event_id, applied=notifications.receive(body))
