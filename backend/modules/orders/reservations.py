"""Reserves the goods of an order at the inventory, and releases them.

With an idempotency key the order's number is derived from it, so that the inventory recognizes a repeat: twins share a reservation.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from backend.core import clock
from backend.core.db.commit_recovery import CommitOutcome
from backend.core.db.transactions import release_connection
from backend.core.http.errors import RemoteError
from backend.core.idempotency import KeyReusedError
from backend.modules.orders import partners as partner_services
from backend.modules.orders.commands import PlaceOrder, number_of_key
from backend.modules.orders.errors import OutOfStockError, UnknownProductError
from backend.modules.orders.partners import Partners, ReservationReply

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reservation:
    """Goods that the inventory keeps for the order `number`; `shared` if a repeat of the request would get the same."""

    number: str
    reservation_id: str
    until: datetime
    shared: bool


@contextmanager
def reserve(command: PlaceOrder, partners: Partners, outcome: CommitOutcome) -> Iterator[Reservation]:
    """Reserve goods for the order that the block stores. If the block fails and no order can use them, release them.

    If the order may have been stored (`outcome`), or a repeat would get the same goods, the reservation is left to expire.
    Raises `UnknownProductError` or `OutOfStockError`.
    """
    reservation = obtain(command, partners)
    try:
        yield reservation
    except Exception as error:
        log.warning("orders.storing_failed", number=reservation.number, error=type(error).__name__)
        if isinstance(error, KeyReusedError) or not (outcome.unknown or reservation.shared):
            release(reservation.number, reservation.reservation_id)
        raise


def obtain(command: PlaceOrder, partners: Partners) -> Reservation:
    """A reservation under the number of the command's key, else under the partners' own."""
    return _for_key(command, partners) or _anew(command, partners)


def _for_key(command: PlaceOrder, partners: Partners) -> Reservation | None:
    """The reservation under the key: a new one, or that of an earlier try.

    Stock is not checked first: goods that an earlier try reserved are no longer in stock. None if the inventory refuses, or
    repeats the answer to an earlier try whose reservation has expired.
    """
    if command.key is None:
        return None
    number = number_of_key(command)
    try:
        reply = partners.under(number).inventory.reserve(command.product_id, command.quantity)
    except (UnknownProductError, OutOfStockError):
        return None
    return _reservation(number, reply, shared=True) if reply.expires_at > clock.utcnow() else None


def _anew(command: PlaceOrder, partners: Partners) -> Reservation:
    partners.inventory.check(command.product_id, command.quantity)
    reply = partners.inventory.reserve(command.product_id, command.quantity)
    return _reservation(partners.number, reply, shared=False)


def _reservation(number: str, reply: ReservationReply, *, shared: bool) -> Reservation:
    return Reservation(number, reply.reservation_id, reply.expires_at.astimezone(UTC), shared)


def release(number: str, reservation_id: str) -> bool:
    """Cancel it; returns whether the inventory has confirmed that."""
    release_connection()
    try:
        partner_services.partners_for(number).inventory.cancel(reservation_id)
    except RemoteError:
        log.warning("orders.not_released", number=number)
        return False
    return True
