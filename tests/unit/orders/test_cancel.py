"""Cancelling: by the owner, from the states that allow it, as often as one likes, whatever the inventory says."""

from itertools import product

import pytest

from backend.core.db import db
from backend.modules.orders import partners, service, states
from backend.modules.orders.errors import OrderStateError
from backend.modules.orders.model import Order
from tests.framework.tables import table
from tests.unit.core.support import database_error, deadlock, no_pauses
from tests.unit.orders.conftest import PATH
from tests.unit.orders.fake_services import CANCEL, REFUSED


@pytest.fixture
def cancel(api, owner, order):
    return lambda by=owner: api.post(f"{PATH}/{order['id']}/cancel", by=by)


def change(app, **values):
    with app.app_context():
        db.session.execute(db.update(Order).values(**values))
        db.session.commit()


class TestCancel:
    def test_anonymous_is_refused(self, cancel):
        assert cancel(by=None).status_code == 401

    def test_anothers_does_not_exist_and_stays(self, api, owner, stranger, order, fake_services, cancel):
        assert cancel(by=stranger).status_code == 404

        assert api.get(f"{PATH}/{order['id']}", by=owner).json["data"] == order
        assert fake_services.calls(CANCEL) == []

    def test_unknown_one_is_404(self, api, owner):
        assert api.post(f"{PATH}/999999/cancel", by=owner).status_code == 404

    def test_gives_the_goods_back(self, api, owner, order, fake_services, cancel, stored):
        response = cancel()

        data = response.json["data"]
        assert (response.status_code, data["status"]) == (200, "cancelled")
        assert data["cancelled_at"] >= data["created_at"]
        assert {**data, "status": "reserved", "cancelled_at": None} == order
        assert api.get(f"{PATH}/{order['id']}", by=owner).json["data"] == data
        (sent,) = fake_services.calls(CANCEL)
        assert sent.json() == {"reservationId": f"res-{order['number']}"}
        assert sent.headers["Idempotency-Key"] == f"{order['number']}-cancel"
        assert stored()[0].released_at is not None

    def test_twice_is_once(self, fake_services, cancel):
        first, second = cancel(), cancel()

        assert second.status_code == 200
        assert second.json == first.json
        assert len(fake_services.calls(CANCEL)) == 1

    def test_expired_one_can_be_cancelled(self, cancel, time_passes):
        time_passes(minutes=16)

        assert cancel().json["data"]["status"] == "cancelled"

    def test_paid_one_cannot(self, app, api, owner, order, fake_services, cancel):
        change(app, state="paid")

        response = cancel()

        assert response.status_code == 409
        assert "paid" in response.json["msg"]
        assert fake_services.calls(CANCEL) == []
        assert api.get(f"{PATH}/{order['id']}", by=owner).json["data"]["status"] == "paid"

    def test_deadlock_is_tried_again(self, cancel, monkeypatch, fails):
        no_pauses(monkeypatch)
        fails(service.orders, "lock_own", deadlock())

        assert cancel().json["data"]["status"] == "cancelled"

    def test_inventory_is_asked_while_no_connection_is_held(self, cancel, monkeypatch):
        held = []
        original = partners.registry.client

        def watched(name):
            held.append((name, db.session().in_transaction()))
            return original(name)

        monkeypatch.setattr(partners.registry, "client", watched)

        cancel()

        assert held == [("inventory", False)]


class TestInventory:
    @pytest.mark.parametrize("status", [200, 204, 404, 410])
    def test_that_holds_it_no_longer_is_asked_once(self, fake_services, cancel, status):
        fake_services.answers(CANCEL, {"status_code": status})

        assert [cancel().status_code, cancel().status_code] == [200, 200]
        assert len(fake_services.calls(CANCEL)) == 1

    @pytest.mark.parametrize("reply", [REFUSED, {"exc": OSError("reset")}, {"status_code": 409}])
    def test_that_fails_does_not_keep_the_order(self, fake_services, cancel, stored, log_lines, order, reply):
        fake_services.answers(CANCEL, reply)

        response = cancel()

        assert (response.status_code, response.json["data"]["status"]) == (200, "cancelled")
        assert stored()[0].released_at is None
        assert ("orders.not_released", order["number"]) in [(line["event"], line.get("number")) for line in log_lines]

    def test_that_failed_is_asked_again_when_the_order_is_cancelled_again(self, fake_services, cancel, stored):
        fake_services.answers(CANCEL, {"status_code": 409})
        first = cancel()
        fake_services.answers(CANCEL, {"json": {}})

        second = cancel()

        assert second.json == first.json
        assert stored()[0].released_at is not None

    def test_answer_that_cannot_be_recorded_does_not_matter(self, cancel, fails):
        fails(service.orders, "bulk_update", always=database_error(2013, "Lost connection"))

        assert cancel().json["data"]["status"] == "cancelled"


ALLOWED = {("reserved", "paid"), ("reserved", "expired"), ("reserved", "cancelled"), ("expired", "cancelled")}


@table("present, wanted", product(states.STATUSES, repeat=2))
def test_state_becomes_only_what_the_table_allows(present, wanted):
    assert set(states.TRANSITIONS) == set(states.STATUSES)
    if (present, wanted) in ALLOWED:
        states.check(present, wanted)
    else:
        with pytest.raises(OrderStateError, match=f"{present} cannot become {wanted}"):
            states.check(present, wanted)
