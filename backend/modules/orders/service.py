"""The rules about orders: users see their own alone.

No database connection is held while a service is waited for, so each step is a transaction of its own.
"""

from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from backend.core import clock
from backend.core.db.commit_recovery import CommitOutcome
from backend.core.db.errors import classify
from backend.core.db.transactions import release_connection, run_unit
from backend.core.errors import DatabaseUnavailableError
from backend.core.http.errors import RemoteError
from backend.core.pagination import Slice
from backend.modules.orders import placement, reservations, states
from backend.modules.orders.commands import PlaceOrder, new_number
from backend.modules.orders.errors import OrderNotFoundError
from backend.modules.orders.model import Order
from backend.modules.orders.partners import Partners, partners_for
from backend.modules.orders.placement import Placement, orders

log = structlog.get_logger(__name__)

ACTION = "orders:create"
CREATED = "order.created"


def get(user_id: int, order_id: int) -> Order:
    """The user's own order, or `OrderNotFoundError`."""
    found = orders.find_by(id=order_id, user_id=user_id)
    if found is None:
        raise OrderNotFoundError
    return found


def find(user_id: int, *, page: int, per_page: int, sort: str, status: str | None = None) -> Slice[Order]:
    """A page of the user's own orders."""
    return orders.list(page, per_page, sort, {"user_id": user_id, "status": status})


def place(user_id: int, *, product_id: str, quantity: int, note: str, key: str | None = None) -> Placement:
    """Order a product: ask whether the user may, reserve it, store the order, tell the user. The same key gives the same order.

    Raises `NotAuthorizedError`, `UnknownProductError`, `OutOfStockError`, `KeyReusedError`, `InProgressError`, or a
    `RemoteError`. Then there is no order; a reservation that the inventory made nevertheless expires by itself after
    fifteen minutes. Or `OrderUnavailableError`, which says whether there may be an order.
    """
    command = PlaceOrder(user_id, product_id, quantity, note, key)
    if replay := placement.find_replay(command):
        return replay
    partners = partners_for(new_number())
    partners.user.authorize(user_id, ACTION)
    product = partners.inventory.product(product_id)
    outcome = CommitOutcome("orders")
    with reservations.reserve(command, partners, outcome) as reservation:
        placed = placement.store(command, reservation, product, outcome)
    if placed.order.number != reservation.number:
        reservations.release(reservation.number, reservation.reservation_id)
    if not placed.replayed:
        log.info("orders.placed", number=reservation.number, user_id=user_id)
        _notify(placed.order, partners.under(reservation.number))
    return placed


def cancel(user_id: int, order_id: int) -> Order:
    """Cancel the user's own order; doing it twice changes nothing. Raises `OrderNotFoundError` or `OrderStateError`.

    The order is cancelled before the inventory is told. If telling it fails, the reservation ends when it expires,
    or when the order is cancelled once more.
    """
    order = run_unit(lambda: _mark_cancelled(user_id, order_id), commit=True, replay=True)
    if order.released_at is None and reservations.release(order.number, order.reservation_id):
        _record(order, released_at=clock.utcnow())
    return order


def lock_by_number(user_id: int, number: str) -> Order:
    """The user's own order, locked until the transaction ends, for the module that takes the payment; or `OrderNotFoundError`."""
    order = orders.lock_by(number=number, user_id=user_id)
    if order is None:
        raise OrderNotFoundError
    return order


def check_payable(order: Order) -> None:
    """Raise `OrderStateError` unless the order can be paid now."""
    states.check(order.status, "paid")


def mark_paid(order_id: int) -> None:
    """Mark the order as paid, in the caller's transaction; raises `OrderStateError` if it cannot be paid any more."""
    order = orders.lock_by(id=order_id)
    if order is None:
        raise OrderNotFoundError
    check_payable(order)
    orders.update(order, state="paid")
    log.info("orders.paid", number=order.number, user_id=order.user_id)


def _notify(order: Order, partners: Partners) -> None:
    """Tell the user; the order stands even if that fails."""
    release_connection()
    try:
        partners.notification.send(order.user_id, CREATED)
    except RemoteError:
        log.warning("orders.not_notified", number=order.number)
        return
    _record(order, notified_at=clock.utcnow())


def _mark_cancelled(user_id: int, order_id: int) -> Order:
    order = orders.lock_own(user_id, order_id)
    if order is None:
        raise OrderNotFoundError
    if order.status == "cancelled":
        return order
    states.check(order.status, "cancelled")
    log.info("orders.cancelled", number=order.number, user_id=user_id)
    return orders.update(order, state="cancelled", cancelled_at=clock.utcnow())


def _record(order: Order, **moments: datetime) -> None:
    """Record a step that a partner has done. It is done even if recording fails, so the request goes on."""
    try:
        run_unit(lambda: orders.bulk_update([order.id], **moments), commit=True, replay=True)
    except (SQLAlchemyError, DatabaseUnavailableError) as error:
        log.warning("orders.not_recorded", number=order.number, what=[*moments], fault=classify(error).value)
        return
    for name, moment in moments.items():
        setattr(order, name, moment)
