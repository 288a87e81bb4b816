"""Has the inventory hold the goods for an order, and give them free.

Under a key the inventory is asked with the number of the key, so that it knows a repeat: twins hold the same goods once.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from backend.core import clock
from backend.core.db.transactions import release_connection
from backend.core.http.errors import RemoteError
from backend.modules.orders import clients
from backend.modules.orders.clients import Reservation, Services
from backend.modules.orders.errors import OutOfStockError, UnknownProductError
from backend.modules.orders.wanted import Wanted, number_of_key

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """Goods that the inventory holds for the order `number`; `shared` if for every repeat of the request as well."""

    number: str
    reservation_id: str
    until: datetime
    shared: bool


def hold(wanted: Wanted, number: str, outside: Services) -> Held:
    """Goods for the wanted order, under `number` or that of its key. Raises `UnknownProductError` or `OutOfStockError`."""
    return _held_for_key(wanted, outside) or _held_anew(wanted, number, outside)


def _held_for_key(wanted: Wanted, outside: Services) -> Held | None:
    """What the inventory holds for the key, from now on or since an earlier try.

    It is not asked before how much there is: what it holds for us is not there any more. None where its answer is of no
    use, be it the answer of long ago to an earlier try: it refuses, or the reservation has expired.
    """
    if wanted.key is None:
        return None
    number = number_of_key(wanted)
    try:
        reservation = outside.under(number).inventory.reserve(wanted.product_id, wanted.quantity)
    except (UnknownProductError, OutOfStockError):
        return None
    return _held(number, reservation, shared=True) if reservation.expires_at > clock.utcnow() else None


def _held_anew(wanted: Wanted, number: str, outside: Services) -> Held:
    outside.inventory.check(wanted.product_id, wanted.quantity)
    return _held(number, outside.inventory.reserve(wanted.product_id, wanted.quantity), shared=False)


def _held(number: str, reservation: Reservation, *, shared: bool) -> Held:
    return Held(number, reservation.reservation_id, reservation.expires_at.astimezone(UTC), shared)


def give_free(number: str, reservation_id: str) -> bool:
    """Whether the inventory has confirmed that it holds the goods no longer."""
    release_connection()
    try:
        clients.services(number).inventory.cancel(reservation_id)
    except RemoteError:
        log.warning("orders.not_released", number=number)
        return False
    return True
