"""The rules about payments: an order is paid once, whatever happens on the way, and users see their own alone."""

from dataclasses import asdict, dataclass

import structlog

from backend.core.idempotency import KeyReusedError
from backend.modules.orders import service as orders
from backend.modules.orders.errors import OrderStateError
from backend.modules.payments import commit_recovery, doubts, ledger, outbox
from backend.modules.payments.amounts import to_yuan
from backend.modules.payments.commands import OpenPayment
from backend.modules.payments.errors import PaymentExistsError, PaymentNotFoundError, WrongAmountError
from backend.modules.payments.model import Payment
from backend.modules.payments.repository import (
    EventRepository,
    LedgerRepository,
    PaymentRepository,
    RequestRepository,
    TransactionRepository,
)
from backend.modules.payments.schemas import PaymentOut

log = structlog.get_logger(__name__)
payments = PaymentRepository()
requests = RequestRepository()
events = EventRepository()
entries = LedgerRepository()
transactions = TransactionRepository()


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and whether it was given before."""

    answer: PaymentOut
    replayed: bool


def get(user_id: int, order_number: str) -> PaymentOut:
    """The user's own payment of this order, or `PaymentNotFoundError`."""
    found = payments.find_by(order_number=order_number, user_id=user_id) if order_number.isalnum() else None
    if found is None:
        raise PaymentNotFoundError
    return shown(found)


def pay(user_id: int, *, order_number: str, amount_fen: int, key: str | None) -> Answered:
    """Open the payment of an order, or give the first answer again.

    Raises `OrderNotFoundError`, `OrderStateError`, `WrongAmountError`, `PaymentExistsError`, `KeyReusedError`; and if
    the database is interrupted `InProgressError` or `PaymentUnavailableError`.
    """
    command = OpenPayment(user_id, order_number, amount_fen, f"key:{key}" if key else f"order:{order_number}")
    with doubts.noted(command):
        return commit_recovery.persist(lambda: _answered_before(command) or _opened(command))


def _answered_before(command: OpenPayment) -> Answered | None:
    known = requests.known(command.user_id, command.idempotency_key, command.order_number)
    same_key = next((r for r in known if r.idempotency_key == command.idempotency_key), None)
    first = same_key or next(iter(known), None)
    if first is None:
        return None
    if (first.order_number, first.amount_fen) == (command.order_number, command.amount_fen):
        return Answered(PaymentOut.model_validate_json(first.answer), replayed=True)
    raise KeyReusedError if same_key and command.key_is_the_clients else PaymentExistsError


def _opened(command: OpenPayment) -> Answered:
    """Store everything that belongs to a new payment. The order's lock lets one through at a time, and waits for one in doubt."""
    order = orders.lock_by_number(command.user_id, command.order_number)
    try:
        orders.check_payable(order)
    except OrderStateError:
        if answered := _answered_before(command):  # by whoever held the lock
            return answered
        raise
    if order.amount_fen != command.amount_fen:
        raise WrongAmountError
    payment = payments.open(
        order_id=order.id,
        order_number=order.number,
        user_id=order.user_id,
        amount_fen=order.amount_fen,
    )
    answer = shown(payment)
    requests.append(asdict(command) | {"payment_id": payment.id, "answer": answer.model_dump_json()})
    entries.append(*ledger.entries(payment.id, "opened", payment.amount_fen))
    record(payment, cause="request")
    log.info("payments.opened", number=order.number, user_id=order.user_id, amount_fen=order.amount_fen)
    return Answered(answer, replayed=False)


def fail(payment: Payment, cause: str) -> None:
    """The locked payment has failed: nobody owes anything. Money that comes later is taken nevertheless."""
    payments.update(payment, status="failed")
    entries.append(*ledger.entries(payment.id, "reversed", payment.amount_fen))
    record(payment, cause)


def record(payment: Payment, cause: str) -> None:
    """Record the payment's present state, with a message to its user."""
    events.append({"payment_id": payment.id, "status": payment.status, "cause": cause})
    outbox.append(payment)


def shown(payment: Payment) -> PaymentOut:
    return PaymentOut(
        order_id=payment.order_number,
        amount=to_yuan(payment.amount_fen),
        status=payment.status,
        created_at=payment.created_at,
        settled_at=payment.settled_at,
    )
