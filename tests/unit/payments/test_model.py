"""The models of payments: what may not be there twice, whoever writes it."""

from backend.modules.payments.model import Payment, PaymentRequest, PaymentTransaction, WebhookEvent
from tests.framework.models import unique


def test_what_is_there_once():
    assert unique(Payment, PaymentRequest, PaymentTransaction, WebhookEvent) == {
        "payments: order_id",
        "payments: order_number",
        "payment_requests: idempotency_key, user_id",
        "payment_requests: order_number",
        "payment_requests: payment_id",
        "payment_transactions: number, payment_id",
        "payment_transactions: transaction_id",
        "webhook_events: event_id",
    }
