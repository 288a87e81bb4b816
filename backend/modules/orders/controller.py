"""Orders over HTTP."""

from flask import request

from backend.core.headers import IDEMPOTENCY_KEY
from backend.core.idempotency import read_key
from backend.core.pagination import Page
from backend.core.security.principal import Principal
from backend.core.web.replayed import mark_replayed
from backend.modules.orders import service
from backend.modules.orders.schemas import OrderIn, OrderOut, OrderQuery


def create_order(principal: Principal, body: OrderIn) -> OrderOut:
    """Order a product

    The product is reserved until `reserved_until`; pay within that time. With an `Idempotency-Key` header, sending the request
    again does not order again: it returns the first answer, with `Idempotent-Replayed: true`. After a 503 there is no order,
    and any reservation expires, unless `data.outcome` is `unknown`: then the order may have been saved.
    """
    key = read_key(request.headers.get(IDEMPOTENCY_KEY))
    placed = service.place(principal.user_id, **body.model_dump(), key=key)
    if placed.replayed:
        mark_replayed()
    return OrderOut.at_first(placed.order)


def list_orders(principal: Principal, query: OrderQuery) -> Page[OrderOut]:
    """List your orders"""
    return Page[OrderOut].model_validate(service.find(principal.user_id, **query.model_dump()))


def get_order(principal: Principal, order_id: int) -> OrderOut:
    """Get one of your orders"""
    return OrderOut.model_validate(service.get(principal.user_id, order_id))


def cancel_order(principal: Principal, order_id: int) -> OrderOut:
    """Cancel an order

    Cancelling twice changes nothing. A paid order cannot be cancelled here.
    """
    return OrderOut.model_validate(service.cancel(principal.user_id, order_id))
