"""Stores an order once: its unique number and its user's unique key decide, also after a COMMIT that nobody has answered."""

from dataclasses import dataclass
from typing import Any

import structlog

from backend.core.db.commit_recovery import Doubt, Tries, refusal, run_until_done
from backend.core.db.transactions import release_connection
from backend.core.db.unit_of_work import InterruptedUnitError, run_once
from backend.core.web.idempotency import KeyReusedError
from backend.modules.orders.clients import Product
from backend.modules.orders.errors import OrderUnavailableError
from backend.modules.orders.holding import Held, give_free
from backend.modules.orders.model import Order
from backend.modules.orders.repository import OrderRepository
from backend.modules.orders.wanted import Wanted

log = structlog.get_logger(__name__)
orders = OrderRepository()

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Placed:
    """An order, and whether it was placed by an earlier request or a twin."""

    order: Order
    replayed: bool


def placed_before(wanted: Wanted) -> Placed | None:
    """The order that is stored under the wanted one's key. Afterwards no connection is held.

    Raises `KeyReusedError` or `OrderUnavailableError`.
    """
    try:
        found = run_once(lambda: _under_key(wanted), commit=False)
    except InterruptedUnitError as interruption:
        raise refusal(interruption, Doubt("orders"), OrderUnavailableError) from interruption
    finally:
        release_connection()
    return Placed(found, replayed=True) if found else None


def store(wanted: Wanted, held: Held, product: Product) -> Placed:
    """The order on disk, or that of a twin. Raises `KeyReusedError`, `InProgressError` or `OrderUnavailableError`.

    Goods that nobody can come to own are given free. Those of an order in doubt are left to expire, and so are those that
    a repeat with the same key would find.
    """
    doubt = Doubt("orders")
    try:
        placed = _stored(wanted, held, doubt, _values(wanted, held, product))
    except Exception as error:
        log.warning("orders.storing_failed", number=held.number, error=type(error).__name__)
        if isinstance(error, KeyReusedError) or not (doubt.exists or held.shared):
            give_free(held.number, held.reservation_id)
        raise
    if placed.order.number != held.number:
        give_free(held.number, held.reservation_id)
    return placed


def _stored(wanted: Wanted, held: Held, doubt: Doubt, values: dict[str, Any]) -> Placed:
    twins = wanted.key is not None

    def unit() -> Placed:
        return _met(wanted, held.number, doubt) or Placed(orders.create(**values), replayed=False)

    try:
        return run_until_done(unit, doubt, Tries(twins=twins))
    except InterruptedUnitError as interruption:
        raise refusal(interruption, doubt, OrderUnavailableError, twins=twins) from interruption


def _values(wanted: Wanted, held: Held, product: Product) -> dict[str, Any]:
    return {
        "number": held.number,
        "user_id": wanted.user_id,
        "product_id": wanted.product_id,
        "product_name": product.name[:LONGEST_NAME],
        "quantity": wanted.quantity,
        "amount_fen": product.price_fen * wanted.quantity,
        "note": wanted.note,
        "reservation_id": held.reservation_id,
        "reserved_until": held.until,
        "idempotency_key": wanted.key,
        "fingerprint": wanted.fingerprint if wanted.key else None,
    }


def _met(wanted: Wanted, number: str, doubt: Doubt) -> Placed | None:
    """What is stored already: by a twin, or by an earlier try of ours whose COMMIT nobody has answered."""
    found = _under_key(wanted) if wanted.key else orders.find_by(number=number)
    return Placed(found, replayed=not doubt.exists or found.number != number) if found else None


def _under_key(wanted: Wanted) -> Order | None:
    if wanted.key is None:
        return None
    found = orders.find_by(user_id=wanted.user_id, idempotency_key=wanted.key)
    if found and found.fingerprint != wanted.fingerprint:
        raise KeyReusedError
    return found
