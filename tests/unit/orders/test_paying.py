"""What orders offer to whoever takes the payment: the order by its number, whether it can be paid, and that it is."""

import pytest

from backend.modules.orders import service
from backend.modules.orders.errors import OrderNotFoundError, OrderStateError

pytestmark = pytest.mark.usefixtures("session")


def test_own_order_is_found_by_its_number(owner, order):
    assert service.lock_by_number(owner.id, order["number"]).id == order["id"]


def test_anothers_and_nobodys_do_not_exist(owner, stranger, order):
    for user, number in ((stranger.id, order["number"]), (owner.id, "nothing")):
        with pytest.raises(OrderNotFoundError):
            service.lock_by_number(user, number)


def test_is_paid_once(owner, order):
    service.mark_paid(order["id"])

    assert service.get(owner.id, order["id"]).status == "paid"
    with pytest.raises(OrderStateError):
        service.mark_paid(order["id"])


def test_expired_one_cannot_be_paid(owner, order, time_passes):
    time_passes(minutes=16)

    with pytest.raises(OrderStateError):
        service.mark_paid(order["id"])


def test_one_that_is_not_there_cannot_be_paid():
    with pytest.raises(OrderNotFoundError):
        service.mark_paid(999_999)
