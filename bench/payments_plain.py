"""The service with a plain `POST /payment`: the same token check, order lock and checks, then one INSERT and its COMMIT.

What payments have beside that is left out: the idempotency key with its answer, the ledger, the event, the outbox, and all
care for an interrupted database. Nothing but the bench runs this: `python -m bench.payments_plain`, as `backend.server.serve` is.
"""

from importlib import import_module

from flask import Flask

from backend.core.security.access import user
from backend.core.security.principal import Principal
from backend.core.web.endpoint import Endpoint
from backend.core.web.route import Route
from backend.modules.orders import service as orders
from backend.modules.payments import service
from backend.modules.payments.errors import WrongAmountError
from backend.modules.payments.schemas import PaymentIn, PaymentOut
from backend.server import serve, worker

load_whole = worker.load_application


def pay_plainly(principal: Principal, body: PaymentIn) -> PaymentOut:
    """Pay an order"""
    order = orders.lock_by_number(principal.user_id, body.order_id)
    orders.check_payable(order)
    if order.amount_fen != body.amount:
        raise WrongAmountError
    payment = service.payments.create(
        order_id=order.id, order_number=order.number, user_id=order.user_id, amount_fen=order.amount_fen
    )
    return service.shown(payment)


def load_plain() -> worker.Application:
    """In a worker: the whole application, with the plain payment in its place."""
    application = load_whole()
    app: Flask = import_module("wsgi").app
    route = Route("POST", "/payment", pay_plainly, user, status=201, rate="60/minute")
    app.view_functions["payments.create_payment"] = Endpoint(route, "payments").view_for(app)
    return application


if __name__ == "__main__":
    worker.load_application = load_plain
    serve.serve()
