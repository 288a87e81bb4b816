"""Clients of the three services that an order needs. docs/orders.md has their contract.

`partners_for(number)` gives all three for one order: its calls share one deadline, and carry keys made of the order's number,
so that what is sent twice is done once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from pydantic import AliasGenerator, ConfigDict, Field, StrictBool, StringConstraints
from pydantic.alias_generators import to_camel

from backend.core import settings
from backend.core.deadline import Deadline
from backend.core.http import registry
from backend.core.http.messages import ServiceReply
from backend.core.inbound import Inbound
from backend.core.running import HasExtensions
from backend.core.settings import Settings
from backend.core.web.schema import Moment, Whole
from backend.modules.orders.errors import NotAuthorizedError, OutOfStockError, UnknownProductError

ADDRESSES = {"inventory": "inventory_url", "user": "user_service_url", "notification": "notification_url"}
DONE = range(200, 300)
GONE = (404, 410)  # the reservation has expired, or was cancelled before


class CamelCase(Inbound):
    """A partner's answer whose names are written in camel case."""

    model_config = ConfigDict(alias_generator=AliasGenerator(validation_alias=to_camel))


class Authorization(CamelCase):
    authorized: StrictBool


class Product(Inbound):
    name: str
    price_fen: Annotated[Whole, Field(ge=0, le=10**12)]


class Availability(CamelCase):
    available: StrictBool
    quantity: Annotated[Whole, Field(ge=0)]


class ReservationReply(CamelCase):
    reservation_id: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    expires_at: Moment


class Partner:
    """One of the services, asked on behalf of one order."""

    name: ClassVar[str]

    def __init__(self, number: str, deadline: Deadline) -> None:
        self._number = number
        self._deadline = deadline

    def _post(self, path: str, body: dict[str, Any], expected: Collection[int]) -> ServiceReply:
        key = f"{self._number}-{path.rpartition('/')[2]}"
        return self._call("POST", path, json=body, expected=expected, idempotency_key=key)

    def _call(self, method: str, path: str, **arguments: Any) -> ServiceReply:
        return registry.client(self.name).call(method, path, deadline=self._deadline, **arguments)


class UserService(Partner):
    name = "user"

    def authorize(self, user_id: int, action: str) -> None:
        """Raise `NotAuthorizedError` unless the user may do this."""
        reply = self._post("/internal/user/authorize", {"userId": str(user_id), "action": action}, (200, 403))
        if reply.status == 403 or not reply.read(Authorization).authorized:
            raise NotAuthorizedError


class Inventory(Partner):
    name = "inventory"

    def product(self, product_id: str) -> Product:
        """Its name and its price now; raises `UnknownProductError`."""
        reply = self._call("GET", "/internal/inventory/products/{id}", id=product_id, expected=(200, 404))
        return _known(reply).read(Product)

    def check(self, product_id: str, quantity: int) -> None:
        """Raise `OutOfStockError`, with the available quantity, unless there are that many."""
        reply = self._post("/internal/inventory/check", {"productId": product_id, "quantity": quantity}, (200, 404))
        found = _known(reply).read(Availability)
        if not found.available:
            raise OutOfStockError(data={"available": found.quantity})

    def reserve(self, product_id: str, quantity: int) -> ReservationReply:
        """Reserve that many for the order; raises `OutOfStockError` if somebody was quicker."""
        body = {"orderId": self._number, "productId": product_id, "quantity": quantity}
        reply = self._post("/internal/inventory/reserve", body, (200, 201, 404, 409))
        if reply.status == 409:
            raise OutOfStockError
        return _known(reply).read(ReservationReply)

    def cancel(self, reservation_id: str) -> None:
        """Cancel the reservation; one that is gone already is fine."""
        self._post("/internal/inventory/cancel", {"reservationId": reservation_id}, (*DONE, *GONE))


def _known(reply: ServiceReply) -> ServiceReply:
    """The reply, unless it says that there is no such product."""
    if reply.status == 404:
        raise UnknownProductError
    return reply


class Notification(Partner):
    name = "notification"

    def send(self, user_id: int, kind: str) -> None:
        """Tell the user what became of the order; it may arrive later."""
        body = {"userId": str(user_id), "kind": kind, "orderId": self._number}
        self._post("/internal/notification/send", body, DONE)


@dataclass(frozen=True, slots=True)
class Partners:
    """All three, for the order with this number and within one deadline."""

    number: str
    deadline: Deadline

    @property
    def user(self) -> UserService:
        return UserService(self.number, self.deadline)

    @property
    def inventory(self) -> Inventory:
        return Inventory(self.number, self.deadline)

    @property
    def notification(self) -> Notification:
        return Notification(self.number, self.deadline)

    def under(self, number: str) -> "Partners":
        """The same for another number, within the same deadline."""
        return Partners(number, self.deadline)


def partners_for(number: str) -> Partners:
    """The services for the order with this number; from now on they have SERVICE_DEADLINE_SECONDS together."""
    return Partners(number, Deadline(settings.current().service_deadline_seconds))


def register(app: HasExtensions, settings: Settings) -> None:
    """Make the services known to the application."""
    for name, setting in ADDRESSES.items():
        registry.add(app, settings, name, setting)
