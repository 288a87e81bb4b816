"""The three services of an order on a real database: those of the unit tests, in front of the application's own clients."""

import requests_mock
from flask import Flask

from backend.core.http import registry
from backend.modules.orders import partners
from backend.settings import Settings
from tests.unit.orders.fake_services import FakeServices

WANTED = {"product_id": "prod123", "quantity": 2, "note": "请放门口 🍵"}
ADDRESSES = {
    "inventory_url": "http://inventory.internal",
    "user_service_url": "http://user.internal",
    "notification_url": "http://notification.internal",
}


def say_yes(app: Flask, settings: Settings) -> requests_mock.Adapter:
    """Three services that say yes, until a test says otherwise."""
    app.extensions[registry.EXTENSION] = registry.Registry(settings)
    partners.register(app, settings)
    return FakeServices(app).adapter
