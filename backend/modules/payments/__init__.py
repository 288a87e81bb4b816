"""Payments: an order is paid once, through twins, lost answers and an interrupted database; its user is told."""

from flask import Flask

from backend.core.http import registry
from backend.core.observability.metrics import add_reading
from backend.core.security import access
from backend.modules.payments import bulkhead, cli_payments, doubts, metrics, signatures
from backend.modules.payments.settings import PaymentSettings


def init_app(app: Flask, settings: PaymentSettings) -> None:
    bulkhead.init_app(app, settings)
    doubts.init_app(app)
    access.use_signature(app, signatures.SCHEME, signatures.signature_check(settings))
    registry.add(app, settings, "notification", "notification_url")
    add_reading(app, metrics.readings)
    app.cli.add_command(cli_payments.payments)
