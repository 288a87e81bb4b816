"""What the generated tests are told of orders."""

from tests.framework.routes import Knowledge
from tests.unit.orders.fake_services import FakeServices

MATRIX = Knowledge(
    prepare=FakeServices,
    never={
        "POST /api/v1/orders answer.data.cancelled_at": "the first answer is told again as it was",
        "POST /api/v1/orders/{order_id}/cancel answer.data.cancelled_at null": "it has just been cancelled",
    },
)
