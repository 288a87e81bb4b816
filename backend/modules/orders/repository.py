"""Every query about orders."""

from typing import Any

from sqlalchemy import ColumnElement, and_

from backend.core import clock
from backend.core.db.repository import Repository
from backend.modules.orders.model import Order


class OrderRepository(Repository[Order]):
    model = Order
    sortable = ("id", "created_at", "amount_fen")
    filterable = ("user_id", "status")

    def lock_own(self, user_id: int, order_id: int) -> Order | None:
        """The user's own order, read anew and locked until the transaction ends."""
        return self.lock_by(id=order_id, user_id=user_id)

    def _condition(self, name: str, value: Any) -> ColumnElement[bool]:
        """`expired` is never stored: it is a reserved order whose time is over."""
        if name != "status" or value not in ("reserved", "expired"):
            return super()._condition("state" if name == "status" else name, value)
        held = Order.reserved_until > clock.utcnow()
        return and_(Order.state == "reserved", held if value == "reserved" else ~held)
