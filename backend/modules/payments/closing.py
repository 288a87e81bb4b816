"""Closes payments that nobody will pay: a payment service may never say that a user has walked away."""

import structlog

from backend.core.db.transactions import run_unit
from backend.modules.payments import service
from backend.modules.payments.states import may_become

log = structlog.get_logger(__name__)


def close(payment_id: int) -> bool:
    """Let the pending payment fail; returns False if there is none with this id."""
    return run_unit(lambda: _closed(payment_id), commit=True, replay=True)


def _closed(payment_id: int) -> bool:
    payment = service.payments.lock_by(id=payment_id)
    if payment is None or not may_become(payment.status, "failed"):
        return False
    service.fail(payment, cause="closed by an operator")
    log.info("payments.closed", number=payment.order_number)
    return True
