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

    It is reserved until `reserved_until`; pay within that time. With an `Idempotency-Key` header it is ordered once, however
    often this is sent: the first answer is given again, with `Idempotent-Replayed: true`. A 503 leaves nothing behind that
    does not expire by itself, unless `data.outcome` says `unknown`: then the order may have been saved.
    """
    key = read_key(request.headers.get(IDEMPOTENCY_KEY))
    placed = service.place(principal.user_id, **body.model_dump(), key=key)
    if placed.replayed:
        mark_replayed()
    return OrderOut.at_first(placed.order)


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
