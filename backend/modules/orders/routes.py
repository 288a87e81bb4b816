"""The order routes."""

from backend.core.db.commit_recovery import InProgressError
from backend.core.http.errors import RemoteError
from backend.core.idempotency import BadKeyError, KeyReusedError
from backend.core.security.access import user
from backend.core.web.route import Route
from backend.modules.orders import controller
from backend.modules.orders.errors import (
    NotAuthorizedError,
    OrderNotFoundError,
    OrderStateError,
    OrderUnavailableError,
    OutOfStockError,
    UnknownProductError,
)

ONE = "/api/v1/orders/<id:order_id>"

ROUTES = [
    Route(
        "POST",
        "/api/v1/orders",
        controller.create_order,
        user,
        status=201,
        rate="60/minute",
        raises=[
            NotAuthorizedError,
            UnknownProductError,
            OutOfStockError,
            BadKeyError,
            KeyReusedError,
            InProgressError,
            OrderUnavailableError,
            RemoteError,
        ],
        transaction="steps",
    ),
    Route("GET", "/api/v1/orders", controller.list_orders, user),
    Route("GET", ONE, controller.get_order, user, raises=[OrderNotFoundError]),
    Route(
        "POST",
        f"{ONE}/cancel",
        controller.cancel_order,
        user,
        rate="60/minute",
        raises=[OrderNotFoundError, OrderStateError],
        transaction="steps",
    ),
]
