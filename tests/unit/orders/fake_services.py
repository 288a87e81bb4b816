"""The other side of the wire in tests of orders: three services that say yes, until a test says otherwise."""

from datetime import timedelta
from typing import Any

import requests_mock
from flask import Flask

from backend.core import clock
from backend.core.http import registry

INVENTORY = "http://inventory.internal/internal/inventory"
AUTHORIZE = "http://user.internal/internal/user/authorize"
SEND = "http://notification.internal/internal/notification/send"
CHECK, RESERVE, CANCEL = (f"{INVENTORY}/{step}" for step in ("check", "reserve", "cancel"))
PRODUCT = f"{INVENTORY}/products/"
PRICE = 9_900
NAME = "Green tea, 250 g"
REFUSED = {"status_code": 503, "json": {"error": "SERVICE_UNAVAILABLE"}}


def product(request: Any, _: Any) -> dict[str, Any]:
    return {"id": request.path.rpartition("/")[2], "name": NAME, "price_fen": PRICE, "stock": 100}


def availability(request: Any, _: Any) -> dict[str, Any]:
    return {"productId": request.json()["productId"], "available": True, "quantity": 100}


def reservation(request: Any, _: Any) -> dict[str, Any]:
    until = clock.utcnow() + timedelta(minutes=15)
    return {"reservationId": f"res-{request.json()['orderId']}", "expiresAt": until.isoformat()}


class FakeServices:
    """`fake_services.answers(CHECK, {"json": ...})` changes what a service says; `fake_services.calls(CHECK)` is what it was asked."""

    def __init__(self, app: Flask) -> None:
        self.adapter = requests_mock.Adapter()
        for client in registry.clients(app).values():
            client.session.mount("http://", self.adapter)
        self.answers(AUTHORIZE, {"json": {"authorized": True}})
        self.adapter.register_uri("GET", requests_mock.ANY, json=product)
        self.answers(CHECK, {"json": availability})
        self.answers(RESERVE, {"json": reservation, "status_code": 201})
        self.answers(CANCEL, {"json": {}})
        self.answers(SEND, {"json": {"id": "n-1"}, "status_code": 202})

    def answers(self, address: str, *replies: dict[str, Any]) -> None:
        """From now on these, in the order of the calls; the last one again and again."""
        self.adapter.register_uri("GET" if address.startswith(PRODUCT) else "POST", address, list(replies))

    def calls(self, address: str = "http://") -> list[Any]:
        """The requests whose address begins so, in their order."""
        return [request for request in self.adapter.request_history if request.url.startswith(address)]

    def asked(self) -> list[str]:
        """The last words of all addresses, in the order of the calls."""
        return [request.path.rpartition("/")[2] for request in self.calls()]
