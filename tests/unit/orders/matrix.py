"""What the generated tests are told of orders."""

from tests.framework.routes import Knowledge
from tests.unit.orders.fake_services import FakeServices

MATRIX = Knowledge(
    prepare=FakeServices,
)
