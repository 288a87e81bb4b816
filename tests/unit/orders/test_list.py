"""Orders read by their owner, and by nobody else: one, or by page, sorted, by status."""

import pytest

from backend.core.db import db
from backend.modules.orders.model import Order
from tests.unit.orders.conftest import PATH, WANTED


@pytest.fixture
def place(api, owner, fake_services):
    def make(by=owner, **changed):
        return api.post(PATH, json={**WANTED, **changed}, by=by).json["data"]

    return make


@pytest.fixture
def listed(api, owner):
    """The owner's orders: `listed(status="paid")`."""
    return lambda **query: api.get(PATH, by=owner, query_string=query).json["data"]


def ids(page):
    return [item["id"] for item in page["items"]]


class TestOne:
    def test_anonymous_is_refused(self, api, order):
        assert api.get(f"{PATH}/{order['id']}").status_code == 401

    def test_anothers_does_not_exist(self, api, order, stranger):
        response = api.get(f"{PATH}/{order['id']}", by=stranger)

        assert response.status_code == 404
        assert response.json["msg"] == "There is no such order."

    def test_administrator_is_a_stranger_too(self, api, order):
        assert api.get(f"{PATH}/{order['id']}", by=api.login("admin")).status_code == 404

    def test_is_reserved_until_its_time_is_over(self, api, owner, order, time_passes):
        time_passes(minutes=14)
        before = api.get(f"{PATH}/{order['id']}", by=owner).json["data"]
        time_passes(minutes=16)
        after = api.get(f"{PATH}/{order['id']}", by=owner).json["data"]

        assert (before["status"], after["status"]) == ("reserved", "expired")
        assert {**after, "status": "reserved"} == before == order

    def test_services_are_not_asked(self, api, owner, order, fake_services):
        before = len(fake_services.calls())

        api.get(f"{PATH}/{order['id']}", by=owner)

        assert len(fake_services.calls()) == before


class TestList:
    def test_anonymous_is_refused(self, api):
        assert api.get(PATH).status_code == 401

    def test_own_ones_alone_the_newest_first(self, place, listed, stranger):
        first, second = place(), place()
        place(by=stranger)

        page = listed()

        assert page["items"] == [second, first]
        assert page["total"] == 2

    def test_comes_in_pages(self, place, listed):
        for _ in range(3):
            place()

        data = listed(page=2, per_page=2)

        assert len(data["items"]) == 1
        assert (data["page"], data["per_page"], data["pages"], data["total"]) == (2, 2, 2, 3)

    @pytest.mark.parametrize("column", ["id", "created_at", "amount_fen"])
    def test_is_sorted_both_ways(self, place, listed, column):
        for quantity in (2, 3, 1):
            place(quantity=quantity)

        rising, falling = ([item[column] for item in listed(sort=sort)["items"]] for sort in (column, f"-{column}"))

        assert rising == sorted(rising)
        assert falling == rising[::-1]
        assert len(set(rising)) == 3

    @pytest.mark.parametrize("sort", ["user_id", "reservation_id", "number"])
    def test_other_columns_are_refused(self, api, owner, sort):
        assert api.get(PATH, by=owner, query_string={"sort": sort}).status_code == 422

    def test_by_status(self, app, api, owner, place, listed, time_passes):
        expired = place()
        time_passes(minutes=20)
        reserved, cancelled, paid = place(), place(), place()
        api.post(f"{PATH}/{cancelled['id']}/cancel", by=owner)
        with app.app_context():
            db.session.execute(db.update(Order).where(Order.id == paid["id"]).values(state="paid"))
            db.session.commit()

        found = {status: ids(listed(status=status)) for status in ("reserved", "expired", "cancelled", "paid")}

        assert found == {
            "reserved": [reserved["id"]],
            "expired": [expired["id"]],
            "cancelled": [cancelled["id"]],
            "paid": [paid["id"]],
        }
        assert listed(status="reserved")["total"] == 1
        assert all(listed(status=status)["items"][0]["status"] == status for status in found)

    def test_unknown_status_is_refused(self, api, owner):
        assert api.get(PATH, by=owner, query_string={"status": "lost"}).status_code == 422
