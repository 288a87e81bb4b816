"""The payment routes."""

from backend.core.db.commit_recovery import InProgressError
from backend.core.idempotency import BadKeyError, KeyReusedError
from backend.core.security.access import signature, user
from backend.core.web.route import Route
from backend.modules.orders.errors import OrderNotFoundError, OrderStateError
from backend.modules.payments import controller
from backend.modules.payments.errors import (
    NotificationConflictError,
    PaymentExistsError,
    PaymentNotFoundError,
    PaymentUnavailableError,
    WrongAmountError,
)
from backend.modules.payments.retrying_access import retrying_user
from backend.modules.payments.signatures import SCHEME

ROUTES = [
    Route(
        "POST",
        "/payment",
        controller.create_payment,
        retrying_user,
        status=201,
        rate="60/minute",
        raises=[
            OrderNotFoundError,
            OrderStateError,
            PaymentExistsError,
            WrongAmountError,
            BadKeyError,
            KeyReusedError,
            InProgressError,
            PaymentUnavailableError,
        ],
        transaction="steps",
    ),
    Route("GET", "/payment/<order_id>", controller.get_payment, user, raises=[PaymentNotFoundError]),
    Route(
        "POST",
        "/webhook/payment/notify",
        controller.notify,
        signature(SCHEME),
        replay=True,
        raises=[PaymentNotFoundError, NotificationConflictError],
    ),
]
