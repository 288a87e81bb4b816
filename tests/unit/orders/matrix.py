"""What the generated tests are told of orders."""

from tests.framework.routes import Knowledge
from tests.unit.orders.outside import Outside

MATRIX = Knowledge(prepare=Outside)
