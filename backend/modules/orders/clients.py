"""The three services that an order needs, and nothing of them that it does not. docs/orders.md has their contract.

`services(number)` gives all three for one order: its calls share one deadline, and carry keys made of the order's number,
so that what is sent twice is done once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from flask import Flask
from pydantic import AliasGenerator, AwareDatetime, BaseModel, ConfigDict, Field, StrictBool, StringConstraints
from pydantic.alias_generators import to_camel

from backend.core import settings
from backend.core.http import registry
from backend.core.http.deadline import Deadline
from backend.core.http.messages import Reply
from backend.core.settings import Settings
from backend.modules.orders.errors import NotAuthorizedError, OutOfStockError, UnknownProductError

ADDRESSES = {"inventory": "inventory_url", "user": "user_service_url", "notification": "notification_url"}
DONE = range(200, 300)
GONE = (404, 410)  # the reservation has expired, or was cancelled before


class CamelCase(BaseModel):
    """What comes from outside: members that nobody here needs are left alone."""

    model_config = ConfigDict(alias_generator=AliasGenerator(validation_alias=to_camel))


class Authorization(CamelCase):
    authorized: StrictBool


class Product(BaseModel):
    name: str
    price_fen: Annotated[int, Field(strict=True, ge=0, le=10**12)]


class Availability(CamelCase):
    available: StrictBool
    quantity: Annotated[int, Field(strict=True, ge=0)]


class Reservation(CamelCase):
    reservation_id: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    expires_at: AwareDatetime


class Service:
    """One of the services, for one order."""

    name: ClassVar[str]

    def __init__(self, number: str, deadline: Deadline) -> None:
        self._number = number
        self._deadline = deadline

    def _post(self, path: str, body: dict[str, Any], expected: Collection[int]) -> Reply:
        key = f"{self._number}-{path.rpartition('/')[2]}"
        return self._call("POST", path, json=body, expected=expected, idempotency_key=key)

    def _call(self, method: str, path: str, **arguments: Any) -> Reply:
        return registry.client(self.name).call(method, path, deadline=self._deadline, **arguments)


class UserService(Service):
    name = "user"

    def authorize(self, user_id: int, action: str) -> None:
        """Raise `NotAuthorizedError` unless the user may do this."""
        reply = self._post("/internal/user/authorize", {"userId": str(user_id), "action": action}, (200, 403))
        if reply.status == 403 or not reply.read(Authorization).authorized:
            raise NotAuthorizedError


class Inventory(Service):
    name = "inventory"

    def product(self, product_id: str) -> Product:
        """Its name and its price now; raises `UnknownProductError`."""
        reply = self._call("GET", "/internal/inventory/products/{id}", id=product_id, expected=(200, 404))
        return _known(reply).read(Product)

    def check(self, product_id: str, quantity: int) -> None:
        """Raise `OutOfStockError`, with how many there are, unless there are so many."""
        reply = self._post("/internal/inventory/check", {"productId": product_id, "quantity": quantity}, (200, 404))
        found = _known(reply).read(Availability)
        if not found.available:
            raise OutOfStockError(data={"available": found.quantity})

    def reserve(self, product_id: str, quantity: int) -> Reservation:
        """Hold so many for the order; raises `OutOfStockError` if somebody was quicker."""
        body = {"orderId": self._number, "productId": product_id, "quantity": quantity}
        reply = self._post("/internal/inventory/reserve", body, (200, 201, 404, 409))
        if reply.status == 409:
            raise OutOfStockError
        return _known(reply).read(Reservation)

    def cancel(self, reservation_id: str) -> None:
        """Hold it no longer; nothing to do if it is held no longer anyway."""
        self._post("/internal/inventory/cancel", {"reservationId": reservation_id}, (*DONE, *GONE))


def _known(reply: Reply) -> Reply:
    """The reply, unless it says that there is no such product."""
    if reply.status == 404:
        raise UnknownProductError
    return reply


class Notification(Service):
    name = "notification"

    def send(self, user_id: int, kind: str) -> None:
        """Tell the user what became of the order; it may arrive later."""
        body = {"userId": str(user_id), "kind": kind, "orderId": self._number}
        self._post("/internal/notification/send", body, DONE)


@dataclass(frozen=True, slots=True)
class Services:
    user: UserService
    inventory: Inventory
    notification: Notification
    deadline: Deadline

    def under(self, number: str) -> "Services":
        """The same for another number, within the same deadline."""
        return _services(number, self.deadline)


def services(number: str) -> Services:
    """The services for the order with this number; from now on they have SERVICE_DEADLINE_SECONDS together."""
    return _services(number, Deadline(settings.current().service_deadline_seconds))


def _services(number: str, deadline: Deadline) -> Services:
    return Services(
        UserService(number, deadline), Inventory(number, deadline), Notification(number, deadline), deadline
    )


def register(app: Flask, settings: Settings) -> None:
    """Make the services known to the application."""
    for name, setting in ADDRESSES.items():
        registry.add(app, settings, name, setting)
