"""The life of an order, as a table: which state may follow which.

`expired` is never stored: a reserved order is expired once its reservation has run out.
"""

from typing import Literal, get_args

from backend.core.texts import _
from backend.modules.orders.errors import OrderStateError

Status = Literal["reserved", "expired", "paid", "cancelled"]
STATUSES: tuple[Status, ...] = get_args(Status)

TRANSITIONS: dict[Status, frozenset[Status]] = {
    "reserved": frozenset({"paid", "expired", "cancelled"}),
    "expired": frozenset({"cancelled"}),
    "paid": frozenset(),
    "cancelled": frozenset(),
}


def check(present: Status, wanted: Status) -> None:
    """Raise `OrderStateError` unless an order that is `present` may become `wanted`."""
    if wanted not in TRANSITIONS[present]:
        raise OrderStateError(_("An order that is {present} cannot become {wanted}.", present=present, wanted=wanted))
