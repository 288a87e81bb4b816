"""Every query about orders."""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, select

from backend.core import clock
from backend.core.repository import Repository
from backend.modules.orders.model import Order


class OrderRepository(Repository[Order]):
    model = Order
    sortable = ("id", "created_at", "amount_fen")
    filterable = ("user_id", "status")

    def lock_own(self, user_id: int, order_id: int) -> Order | None:
        """The user's own order as it is now; it stays so until the transaction ends."""
        return self.lock(id=order_id, user_id=user_id)

    def lock(self, **values: Any) -> Order | None:
        """The same for the one order with these values."""
        return self.session.scalar(_locking(*values), values)

    def _condition(self, name: str, value: Any) -> ColumnElement[bool]:
        """A reserved order expires by itself: that is never stored."""
        if name != "status" or value not in ("reserved", "expired"):
            return super()._condition("state" if name == "status" else name, value)
        held = Order.reserved_until > clock.utcnow()
        return and_(Order.state == "reserved", held if value == "reserved" else ~held)


@cache
def _locking(*names: str) -> Select[Order]:
    """What `lock` asks, built once for each set of names."""
    conditions = [getattr(Order, name) == bindparam(name) for name in names]
    return select(Order).where(*conditions).with_for_update().execution_options(populate_existing=True)
