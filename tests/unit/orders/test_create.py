"""Ordering: who is asked in which order and what, what the user gets, and what becomes of it when somebody says no."""

import re

import pytest

from backend.core.db import db
from backend.modules.orders import partners, service
from backend.modules.orders.errors import NotAuthorizedError, OutOfStockError, UnknownProductError
from tests.framework.tables import table, words
from tests.unit.orders.conftest import PATH, WANTED
from tests.unit.orders.fake_services import (
    AUTHORIZE,
    CANCEL,
    CHECK,
    NAME,
    PRICE,
    PRODUCT,
    REFUSED,
    RESERVE,
    SEND,
    availability,
    reservation,
)

NO_MOMENTS = ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "1e300", "1767323045", 1767323045, 1e300]
NO_NUMBERS = [
    "9" * 40,
    "9" * 5000,
    "1e400",
    "1e30",
    "NaN",
    "Infinity",
    "true",
    '"5"',
    "1.5",
    "-1",
    "1.99999999999999999999",
]
ORDER_OF_CALLS = ["authorize", "prod123", "check", "reserve", "send"]


@pytest.fixture
def place(api, owner, fake_services):
    """Order as the owner; values can be changed."""
    return lambda **changed: api.post(PATH, json={**WANTED, **changed}, by=owner)


class TestOrder:
    def test_anonymous_is_refused_and_nobody_is_asked(self, api, fake_services):
        assert api.post(PATH, json=WANTED).status_code == 401
        assert fake_services.calls() == []

    def test_is_reserved_at_the_price_of_now(self, place):
        response = place(quantity=3)

        data = response.json["data"]
        assert response.status_code == 201
        assert (data["product_id"], data["product_name"], data["quantity"]) == ("prod123", NAME, 3)
        assert data["amount_fen"] == 3 * PRICE
        assert (data["status"], data["notified"], data["cancelled_at"]) == ("reserved", True, None)
        assert data["reserved_until"] > data["created_at"]

    def test_can_be_read_again(self, api, owner, place):
        made = place().json["data"]

        assert api.get(f"{PATH}/{made['id']}", by=owner).json["data"] == made

    def test_note_may_be_left_out(self, api, owner, fake_services):
        made = api.post(PATH, json={"product_id": "prod123", "quantity": 1}, by=owner)

        assert made.json["data"]["note"] == ""

    @pytest.mark.parametrize("price", [0, 10**12])
    def test_cheapest_and_dearest_can_be_ordered(self, fake_services, place, price):
        fake_services.answers(f"{PRODUCT}prod123", {"json": {"name": NAME, "price_fen": price}})

        assert place(quantity=999).json["data"]["amount_fen"] == 999 * price

    def test_longest_reservation_id_is_kept(self, fake_services, place, stored):
        fake_services.answers(RESERVE, {"json": {"reservationId": "r" * 128, "expiresAt": "2126-01-02T03:04:05Z"}})

        place()

        assert stored()[0].reservation_id == "r" * 128

    def test_number_is_the_day_and_a_secret(self, place, stored):
        numbers = [place().json["data"]["number"] for _ in range(2)]

        assert all(re.fullmatch(r"20\d{6}[0-9a-f]{16}", number) for number in numbers)
        assert len(set(numbers)) == 2
        assert [order.number for order in stored()] == numbers

    def test_long_name_of_a_product_is_cut(self, fake_services, place):
        fake_services.answers(f"{PRODUCT}prod123", {"json": {"name": "x" * 300, "price_fen": 1}})

        assert place().json["data"]["product_name"] == "x" * 200

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("product_id", "../check"),
            ("product_id", ".."),
            ("product_id", "a/b"),
            ("product_id", "-a"),
            ("product_id", "x" * 65),
            ("quantity", 0),
            ("quantity", 1000),
            ("quantity", 1.5),
            ("note", "x" * 201),
            ("note", "\u200b"),
        ],
    )
    def test_bad_value_is_refused_and_nobody_is_asked(self, fake_services, place, name, value):
        response = place(**{name: value})

        assert response.status_code == 422
        assert [problem["loc"] for problem in response.json["data"]["detail"]] == [["body", name]]
        assert fake_services.calls() == []

    @table("number", words("1.99999999999999999999 0.99999999999999999999 1e-400"))
    def test_quantity_is_not_rounded(self, api, owner, fake_services, number):
        raw = f'{{"product_id": "prod123", "quantity": {number}}}'

        response = api.post("/api/v1/orders", data=raw, content_type="application/json", by=owner)

        assert [problem["loc"] for problem in response.json["data"]["detail"]] == [["body", "quantity"]]
        assert fake_services.calls() == []


class TestCalls:
    def test_are_made_in_this_order(self, fake_services, place):
        place()

        assert fake_services.asked() == ORDER_OF_CALLS

    def test_say_what_the_contract_says(self, fake_services, owner, place):
        number = place().json["data"]["number"]

        sent = {call.path: call.json() for call in fake_services.calls() if call.method == "POST"}
        assert sent == {
            "/internal/user/authorize": {"userId": str(owner.id), "action": "orders:create"},
            "/internal/inventory/check": {"productId": "prod123", "quantity": 2},
            "/internal/inventory/reserve": {"orderId": number, "productId": "prod123", "quantity": 2},
            "/internal/notification/send": {"userId": str(owner.id), "kind": "order.created", "orderId": number},
        }

    def test_carry_keys_of_the_order_so_that_each_is_done_once(self, fake_services, place):
        numbers = [place().json["data"]["number"] for _ in range(2)]

        keys = [call.headers["Idempotency-Key"] for call in fake_services.calls() if call.method == "POST"]
        assert keys == [f"{n}-{step}" for n in numbers for step in ("authorize", "check", "reserve", "send")]

    def test_reserve_whose_answer_is_lost_is_sent_again_with_the_same_key(self, fake_services, place):
        fake_services.answers(RESERVE, {"exc": OSError("lost")}, {"json": reservation, "status_code": 200})

        assert place().status_code == 201

        first, second = fake_services.calls(RESERVE)
        assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"]
        assert first.json() == second.json()

    def test_have_one_deadline_together(self, fake_services, place, monkeypatch, settings):
        now = [1000.0]
        monkeypatch.setattr("backend.core.clock.monotonic", lambda: now[0])

        def slow(request, context):
            now[0] += settings.service_deadline_seconds - 0.01
            return availability(request, context)

        fake_services.answers(CHECK, {"json": slow})

        assert place().status_code == 503
        assert fake_services.asked() == ORDER_OF_CALLS[:3]

    def test_are_made_while_no_connection_is_held(self, app, fake_services, place, monkeypatch):
        held = []
        original = partners.registry.client

        def watched(name):
            held.append((name, db.session.registry.has() and db.session().in_transaction()))
            return original(name)

        monkeypatch.setattr(partners.registry, "client", watched)

        place()

        assert held == [("user", False), *[("inventory", False)] * 3, ("notification", False)]


class TestNo:
    """Each service in its turn says no; whoever comes after it is not asked, and nothing is stored."""

    @pytest.mark.parametrize(
        ("address", "reply", "status", "asked"),
        [
            (AUTHORIZE, {"json": {"authorized": False}}, 403, 1),
            (AUTHORIZE, {"json": {"authorized": True}, "status_code": 403}, 403, 1),
            (f"{PRODUCT}prod123", {"status_code": 404}, 422, 2),
            (CHECK, {"json": {"available": False, "quantity": 1}}, 409, 3),
            (CHECK, {"status_code": 404}, 422, 3),
            (RESERVE, {"status_code": 409}, 409, 4),
            (RESERVE, {"status_code": 404}, 422, 4),
        ],
        ids=["not authorised", "forbidden", "unknown", "out of stock", "gone", "somebody was quicker", "gone since"],
    )
    def test_ends_it(self, fake_services, place, stored, address, reply, status, asked):
        fake_services.answers(address, reply)

        assert place().status_code == status

        assert fake_services.asked() == ORDER_OF_CALLS[:asked]
        assert stored() == []

    def test_says_how_many_there_are_or_which_field_is_wrong(self, fake_services, place):
        fake_services.answers(CHECK, {"json": {"available": False, "quantity": 1}})
        assert place().json["data"] == {"available": 1}

        fake_services.answers(f"{PRODUCT}prod123", {"status_code": 404})
        (problem,) = place().json["data"]["detail"]
        assert problem["loc"] == ["body", "product_id"]

    @pytest.mark.parametrize(
        ("address", "reply"),
        [
            (AUTHORIZE, {"json": {"authorized": "yes"}}),
            (AUTHORIZE, {"json": {}}),
            (AUTHORIZE, {"text": "<html>"}),
            (CHECK, {"json": {"available": 1, "quantity": 1}}),
            (CHECK, {"json": {"available": True, "quantity": -1}}),
            (f"{PRODUCT}prod123", {"json": {"name": NAME}}),
            (f"{PRODUCT}prod123", {"json": {"name": NAME, "price_fen": -1}}),
            (f"{PRODUCT}prod123", {"json": {"name": NAME, "price_fen": 99.5}}),
            (f"{PRODUCT}prod123", {"json": {"name": NAME, "price_fen": "99"}}),
            (f"{PRODUCT}prod123", {"json": {"name": NAME, "price_fen": 10**12 + 1}}),
            (CHECK, {"json": {"available": True, "quantity": "1"}}),
            (RESERVE, {"json": {"reservationId": "r" * 129, "expiresAt": "2026-01-02T03:04:05Z"}, "status_code": 201}),
            (RESERVE, {"json": {"reservationId": "r-1", "expiresAt": "2026-01-02T03:04:05"}, "status_code": 201}),
            (RESERVE, {"json": {"reservationId": "", "expiresAt": "2026-01-02T03:04:05Z"}, "status_code": 201}),
            (RESERVE, {"json": {"expiresAt": "2026-01-02T03:04:05Z"}, "status_code": 201}),
            *((RESERVE, {"json": {"reservationId": "r-1", "expiresAt": at}}) for at in NO_MOMENTS),
            *((CHECK, {"text": f'{{"available": false, "quantity": {number}}}'}) for number in NO_NUMBERS),
            *((f"{PRODUCT}prod123", {"text": f'{{"name": "Tea", "price_fen": {n}}}'}) for n in NO_NUMBERS),
        ],
    )
    def test_answer_that_is_none_is_no_yes(self, fake_services, place, stored, address, reply):
        fake_services.answers(address, reply)

        assert place().status_code == 503
        assert stored() == []

    def test_members_that_nobody_knows_are_ignored(self, fake_services, place):
        new = {"new": [1], "price_currency": "CNY"}
        fake_services.answers(AUTHORIZE, {"json": {"authorized": True, **new}})
        fake_services.answers(f"{PRODUCT}prod123", {"text": '{"name": "Tea", "price_fen": 9900.0, "new": {"a": 1e3}}'})
        fake_services.answers(CHECK, {"json": {"available": True, "quantity": 5, **new}})

        assert place().status_code == 201


class TestServiceDown:
    @pytest.mark.parametrize("address", [AUTHORIZE, f"{PRODUCT}prod123", CHECK, RESERVE])
    @pytest.mark.parametrize("reply", [REFUSED, {"exc": OSError("reset")}], ids=["503", "reset"])
    def test_is_503_and_nothing_is_stored(self, fake_services, place, stored, address, reply):
        fake_services.answers(address, reply)

        response = place()

        assert response.status_code == 503
        assert response.headers["Retry-After"]
        assert "inventory" not in response.text
        assert stored() == []
        assert fake_services.calls(CANCEL) == fake_services.calls(SEND) == []

    def test_without_an_address_is_503_that_says_so(self, app, fake_services, place, settings, monkeypatch):
        for client in partners.registry.clients(app).values():
            monkeypatch.setattr(client, "_settings", settings.model_copy(update={"user_service_url": ""}))

        response = place()

        assert response.status_code == 503
        assert "not connected" in response.json["msg"]


class TestNotification:
    @pytest.mark.parametrize("reply", [REFUSED, {"exc": OSError("reset")}, {"status_code": 400}])
    def test_that_fails_does_not_fail_the_order(self, api, owner, fake_services, place, reply, log_lines):
        fake_services.answers(SEND, reply)

        response = place()

        data = response.json["data"]
        assert (response.status_code, data["notified"]) == (201, False)
        assert api.get(f"{PATH}/{data['id']}", by=owner).json["data"] == data
        assert ("orders.not_notified", data["number"]) in [(line["event"], line.get("number")) for line in log_lines]

    @pytest.mark.parametrize(("status", "notified"), [(200, True), (202, True), (204, True), (300, False)])
    def test_any_success_will_do_and_a_redirect_is_none(self, fake_services, place, status, notified):
        fake_services.answers(SEND, {"status_code": status})

        assert place().json["data"]["notified"] is notified

    def test_is_sent_when_the_order_is_on_disk(self, fake_services, place, stored):
        on_disk = []

        def look(request, context):
            on_disk.extend(order.number for order in stored())
            return {}

        fake_services.answers(SEND, {"json": look})

        assert place().json["data"]["number"] in on_disk


@pytest.mark.usefixtures("session")
class TestService:
    """As one reads it in a guide: the scenario, then what the service does."""

    @pytest.mark.parametrize(
        ("address", "reply", "error"),
        [
            (CHECK, {"json": {"available": False, "quantity": 0}}, OutOfStockError),
            (RESERVE, {"status_code": 409}, OutOfStockError),
            (AUTHORIZE, {"json": {"authorized": False}}, NotAuthorizedError),
            (f"{PRODUCT}prod123", {"status_code": 404}, UnknownProductError),
        ],
    )
    def test_raises(self, owner, fake_services, address, reply, error):
        fake_services.answers(address, reply)

        with pytest.raises(error):
            service.place(owner.id, **WANTED)
