"""Orders against named scenarios: what the three services do is chosen by name, and stands in mocks/."""

import pytest
from mdt import mock_scenario

from backend.core.http.errors import RemoteError
from backend.modules.orders import service
from backend.modules.orders.errors import NotAuthorizedError, OutOfStockError
from tests.unit.orders.conftest import PATH, WANTED, own_clients

HAPPY = ["inventory.available", "user.authorized", "notification.success"]


@pytest.fixture(autouse=True)
def real_clients(app, settings, monkeypatch):
    own_clients(app, settings, monkeypatch)


@pytest.fixture
def place(app, owner):
    """Order something by calling the service itself."""

    def call(quantity=2):
        with app.test_request_context():
            return service.place(owner.id, product_id="prod123", quantity=quantity, note="").order

    return call


def complete_order_flow(api, owner):
    """Order, look, cancel; gives the order as it is at the end."""
    order = api.post(PATH, json=WANTED, by=owner).json["data"]
    assert api.get(f"{PATH}/{order['id']}", by=owner).json["data"] == order
    return api.post(f"{PATH}/{order['id']}/cancel", by=owner).json["data"]


class TestNamedScenarios:
    def test_not_allowed_to_order(self, place):
        with mock_scenario("user.forbidden") as mocks:
            with pytest.raises(NotAuthorizedError):
                place()
            mocks.inventory.not_called()

    @pytest.mark.parametrize(
        ("scenario", "error"),
        [
            ("inventory.outOfStock", OutOfStockError),
            ("inventory.serviceError", RemoteError),
            ("inventory.timeout", RemoteError),
            ("inventory.reset", RemoteError),
        ],
    )
    def test_inventory_that_has_none_or_fails(self, place, stored, scenario, error):
        with mock_scenario(scenario), pytest.raises(error):
            place()

        assert stored() == []

    def test_inventory_that_recovers_is_tried_again(self, place):
        with mock_scenario("inventory.flaky") as mocks:
            order = place()
            mocks.inventory.called("POST /internal/inventory/check", times=3)

        assert order.status == "reserved"

    def test_whole_flow(self, api, owner):
        with mock_scenario(HAPPY) as mocks:
            order = complete_order_flow(api, owner)

            assert order["status"] == "cancelled"
            mocks.inventory.called("POST /internal/inventory/reserve", times=1, json={"productId": "prod123"})
            mocks.notification.called("POST /internal/notification/send", times=1)

    @pytest.mark.parametrize("inventory", ["inventory.available", "inventory.virtual"])
    def test_what_is_sent_and_answered_keeps_the_contracts(self, api, owner, inventory):
        with mock_scenario([inventory, *HAPPY[1:]]) as mocks:
            complete_order_flow(api, owner)

            assert len(mocks.calls()) >= 6
            assert mocks.broken_contracts() == []

    def test_composition_of_the_whole_flow(self, api, owner):
        with mock_scenario("order-flow.happy"):
            assert complete_order_flow(api, owner)["status"] == "cancelled"

    def test_service_that_breaks_in_the_middle(self, api, owner):
        with mock_scenario(HAPPY) as mocks:
            assert api.post(PATH, json=WANTED, by=owner).status_code == 201
            mocks.switch("inventory.outOfStock")
            assert api.post(PATH, json=WANTED, by=owner).status_code == 409


class TestVirtualInventory:
    def test_stock_goes_down_until_nothing_is_left(self, place):
        with mock_scenario("inventory.virtual"):
            place(60)
            place(40)
            with pytest.raises(OutOfStockError):
                place(1)

    def test_what_was_reserved_is_free_again_after_fifteen_minutes(self, place):
        with mock_scenario("inventory.virtual") as mocks:
            place(100)
            mocks.clock.advance(minutes=15)

            assert place(100).quantity == 100

    def test_cancelling_gives_the_stock_free(self, api, owner):
        with mock_scenario("inventory.virtual"):
            for _ in range(3):
                everything = {**WANTED, "quantity": 100}
                order = api.post(PATH, json=everything, by=owner).json["data"]
                assert api.post(f"{PATH}/{order['id']}/cancel", by=owner).status_code == 200
