"""What the generated tests are told of payments."""

import secrets
from typing import Any

from backend.core import clock
from backend.modules.payments.signatures import SCHEME, SIGNATURE, TIMESTAMP, sign
from tests.framework.api import Actor, Api
from tests.framework.routes import Knowledge
from tests.unit.orders.fake_services import FakeServices

SECRET = "Wm3zTq8kLr5vXn1cYp7dHs4gBj9fAe2u"  # as in .env.unit


def proof(body: bytes) -> dict[str, str]:
    """The headers of a notification with this body, sent now."""
    now = str(int(clock.utcnow().timestamp()))
    return {TIMESTAMP: now, SIGNATURE: sign(SECRET, now, body)}


def payable(api: Api, owner: Actor) -> dict[str, Any]:
    """A body that pays a new order of the owner's."""
    made = api.post("/api/v1/orders", json={"product_id": "prod123", "quantity": 2}, by=owner).json["data"]
    return {"order_id": made["number"], "amount": made["amount_fen"] / 100}


def paid(api: Api, owner: Actor) -> str:
    """The number of an order of the owner's that has a payment."""
    body = payable(api, owner)
    assert api.post("/payment", json=body, by=owner).status_code == 201
    return str(body["order_id"])


def success(api: Api, owner: Actor) -> dict[str, Any]:
    """The notification that a payment has succeeded."""
    body = payable(api, owner)
    api.post("/payment", json=body, by=owner)
    number = secrets.token_hex(8)
    return {**body, "event_id": f"evt-{number}", "transaction_id": f"4200-{number}", "status": "succeeded"}


MATRIX = Knowledge(
    objects={"order_id": paid},
    proofs={SCHEME: proof},
    bodies={"payments.create_payment": payable, "payments.notify": success},
    prepare=FakeServices,
)
