"""Mistakes with locks and unique keys: two at once do what only one may."""

from time import sleep
from typing import Any

from backend.modules.orders import service as orders
from backend.modules.payments import service
from backend.modules.payments.commands import OpenPayment
from backend.modules.payments.repository import PaymentRepository, RequestRepository
from backend.modules.payments.service import Answered

THINKING = 0.05  # seconds between the look and the insert: on a quiet machine twins would seldom meet otherwise

# MySQL's words; a plain index takes the place of a unique one where a foreign key needs it.
NO_REQUEST_KEY = (
    "ALTER TABLE payment_requests ADD INDEX plain_user (user_id)",
    "ALTER TABLE payment_requests DROP INDEX uq_payment_requests_user_id_idempotency_key",
)
NO_PAYMENT_KEY = (
    "ALTER TABLE payments ADD INDEX plain_order (order_id)",
    "ALTER TABLE payments DROP INDEX uq_payments_order_id, DROP INDEX uq_payments_order_number",
    *NO_REQUEST_KEY,
    "ALTER TABLE payment_requests ADD INDEX plain_payment (payment_id)",
    "ALTER TABLE payment_requests DROP INDEX uq_payment_requests_order_number, DROP INDEX uq_payment_requests_payment_id",
)
NO_EVENT_KEY = (
    "ALTER TABLE webhook_events DROP INDEX uq_webhook_events_event_id",
    "ALTER TABLE payment_transactions ADD INDEX plain_payment (payment_id)",
    "ALTER TABLE payment_transactions DROP INDEX uq_payment_transactions_payment_id_number",
    "ALTER TABLE payment_transactions DROP INDEX uq_payment_transactions_transaction_id",
    "ALTER TABLE ledger_entries ADD INDEX plain_payment (payment_id)",
    "ALTER TABLE ledger_entries DROP INDEX uq_ledger_entries_payment_id_posting_account",
)


def keys_alone() -> None:
    """The code is right, and the schema lacks the unique key that it stands on."""


def check_before_insert() -> None:
    """No lock and no unique key: look whether there is a payment, and insert one if not."""
    orders.lock_by_number = without_lock


def without_lock(user_id: int, number: str) -> Any:
    sleep(THINKING)
    found = orders.orders.find_by(number=number, user_id=user_id)
    if found is None:
        raise LookupError(number)
    return found


def retry_without_key() -> None:
    """After an interruption, the same again, without a look at what the first try may have left."""
    orders.lock_by_number = without_lock
    real = service._answered_before
    seen: set[str] = set()

    def answered_before(command: OpenPayment) -> Answered | None:
        again = command.order_number in seen
        seen.add(command.order_number)
        return None if again else real(command)

    service._answered_before = answered_before


def notification_without_lock() -> None:
    """A notification reads the payment, decides and writes, and another one does so at the same moment."""
    PaymentRepository.lock_by = PaymentRepository.find_by  # type: ignore[method-assign]


def notification_without_keys() -> None:
    """The same without the unique keys of notifications and postings."""
    notification_without_lock()


def key_of_all_users() -> None:
    """A key is looked for among everybody's requests: what another user was answered is in the way."""
    real = RequestRepository.known

    def known(self: RequestRepository, user_id: int, key: str, order_number: str) -> Any:
        others = self.session.query(self.model).filter_by(idempotency_key=key).all()
        return [*real(self, user_id, key, order_number), *others]

    RequestRepository.known = known  # type: ignore[method-assign]
