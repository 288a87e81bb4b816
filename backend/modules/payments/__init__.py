"""Payments: an order is paid once, through twins, lost answers and an interrupted database; its user is told."""

from flask import Flask

from backend.core.http import registry
from backend.core.security import access
from backend.modules.payments import bulkhead, cli, signatures
from backend.modules.payments.settings import PaymentSettings


def init_app(app: Flask, settings: PaymentSettings) -> None:
    bulkhead.init_app(app, settings)
    access.use_signature(app, signatures.SCHEME, signatures.signature_check(settings))
    registry.add(app, settings, "notification", "notification_url")
    app.cli.add_command(cli.outbox)
