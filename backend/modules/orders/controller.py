"""Orders over HTTP."""

from backend.core.access import Principal
from backend.core.pagination import Page
from backend.modules.orders import service
from backend.modules.orders.schemas import OrderIn, OrderOut, OrderQuery


def create_order(principal: Principal, body: OrderIn) -> OrderOut:
    """Order a product

    It is reserved until `reserved_until`; pay within that time. A 503 leaves nothing behind that does not expire by itself.
    """
    return OrderOut.model_validate(service.place(principal.user_id, **body.model_dump()))


def list_orders(principal: Principal, query: OrderQuery) -> Page[OrderOut]:
    """One's own orders by page"""
    return Page[OrderOut].model_validate(service.find(principal.user_id, **query.model_dump()))


def get_order(principal: Principal, order_id: int) -> OrderOut:
    """One of one's own orders"""
    return OrderOut.model_validate(service.get(principal.user_id, order_id))


def cancel_order(principal: Principal, order_id: int) -> OrderOut:
    """Cancel an order

    Doing it twice changes nothing. What is paid cannot be cancelled here.
    """
    return OrderOut.model_validate(service.cancel(principal.user_id, order_id))
