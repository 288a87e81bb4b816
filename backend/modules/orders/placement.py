"""Stores an order once, also after a COMMIT without a reply: the order's number and the user's key are unique."""

from dataclasses import dataclass
from typing import Any

from backend.core.db.commit_recovery import CommitOutcome, quick_retries, refusal, run_until_done
from backend.core.db.transactions import release_connection
from backend.core.db.unit_of_work import InterruptedUnitError, run_once
from backend.core.idempotency import KeyReusedError
from backend.modules.orders.commands import PlaceOrder
from backend.modules.orders.errors import OrderUnavailableError
from backend.modules.orders.model import Order
from backend.modules.orders.partners import Product
from backend.modules.orders.repository import OrderRepository
from backend.modules.orders.reservations import Reservation

orders = OrderRepository()

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Placement:
    """An order, and whether it was placed by an earlier request or a twin."""

    order: Order
    replayed: bool


def find_replay(command: PlaceOrder) -> Placement | None:
    """The order that is stored under the command's key. Afterwards no connection is held.

    Raises `KeyReusedError` or `OrderUnavailableError`.
    """
    try:
        found = run_once(lambda: _under_key(command), commit=False)
    except InterruptedUnitError as interruption:
        raise refusal(interruption, CommitOutcome("orders"), OrderUnavailableError) from interruption
    finally:
        release_connection()
    return Placement(found, replayed=True) if found else None


def store(command: PlaceOrder, reservation: Reservation, product: Product, outcome: CommitOutcome) -> Placement:
    """Store the order, or find that of a twin. After an error `outcome` tells whether it may have been stored.

    Raises `KeyReusedError`, `InProgressError` or `OrderUnavailableError`.
    """
    twins = command.key is not None
    values = _values(command, reservation, product)

    def unit() -> Placement:
        existing = _existing(command, reservation.number, outcome)
        return existing or Placement(orders.create(**values), replayed=False)

    try:
        return run_until_done(unit, outcome, quick_retries(outcome, twins=twins))
    except InterruptedUnitError as interruption:
        raise refusal(interruption, outcome, OrderUnavailableError, twins=twins) from interruption


def _values(command: PlaceOrder, reservation: Reservation, product: Product) -> dict[str, Any]:
    return {
        "number": reservation.number,
        "user_id": command.user_id,
        "product_id": command.product_id,
        "product_name": product.name[:LONGEST_NAME],
        "quantity": command.quantity,
        "amount_fen": product.price_fen * command.quantity,
        "note": command.note,
        "reservation_id": reservation.reservation_id,
        "reserved_until": reservation.until,
        "idempotency_key": command.key,
        "fingerprint": command.fingerprint if command.key else None,
    }


def _existing(command: PlaceOrder, number: str, outcome: CommitOutcome) -> Placement | None:
    """The order that is stored already: by a twin, or by an earlier try whose COMMIT got no reply."""
    found = _under_key(command) if command.key else orders.find_by(number=number)
    return Placement(found, replayed=not outcome.unknown or found.number != number) if found else None


def _under_key(command: PlaceOrder) -> Order | None:
    if command.key is None:
        return None
    found = orders.find_by(user_id=command.user_id, idempotency_key=command.key)
    if found and found.fingerprint != command.fingerprint:
        raise KeyReusedError
    return found
