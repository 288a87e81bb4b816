"""The model of orders: what may not be there twice, whoever writes it."""

from backend.modules.orders.model import Order
from tests.framework.models import unique


def test_what_is_there_once():
    assert unique(Order) == {"orders: number", "orders: idempotency_key, user_id"}
