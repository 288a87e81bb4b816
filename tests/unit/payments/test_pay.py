"""Paying: what is stored together, what is answered again, what is refused."""

import json

import pytest

from backend.core.db import db
from backend.core.jobs.model import JobRow
from backend.modules.orders.model import Order
from backend.modules.payments import service
from backend.modules.payments.model import (
    APPEND_ONLY,
    LedgerEntry,
    Payment,
    PaymentEvent,
    PaymentRequest,
)
from tests.unit.orders.fake_services import PRICE
from tests.unit.payments.conftest import NOTHING, ONE_OF_EACH, PAY
from tests.unit.payments.matrix import payable

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def set_state(app, number, state):
    with app.app_context():
        db.session.execute(db.update(Order).where(Order.number == number).values(state=state))
        db.session.commit()


class TestPay:
    def test_anonymous_is_refused(self, pay, counts):
        assert pay(by=None).status_code == 401
        assert counts() == NOTHING

    def test_opens_the_payment(self, pay, body):
        response = pay()

        data = response.json["data"]
        assert response.status_code == 201
        assert data["created_at"]
        assert {**data, "created_at": 0} == {**body, "status": "pending", "settled_at": None, "created_at": 0}
        assert "Idempotent-Replayed" not in response.headers

    def test_stores_everything_that_belongs_to_it(self, pay, body, owner, rows, counts):
        response = pay(key=KEY)

        assert counts() == ONE_OF_EACH
        (payment,), (request,), (message,) = rows(Payment), rows(PaymentRequest), rows(JobRow)
        assert (payment.order_number, payment.amount_fen, payment.user_id) == (body["order_id"], 2 * PRICE, owner.id)
        assert (request.idempotency_key, request.payment_id, request.user_id) == (f"key:{KEY}", payment.id, owner.id)
        assert (request.order_number, request.amount_fen) == (payment.order_number, payment.amount_fen)
        assert service.PaymentOut.model_validate_json(request.answer).model_dump(mode="json") == response.json["data"]
        assert [(e.posting, e.account, e.amount_fen) for e in rows(LedgerEntry)] == [
            ("opened", "receivable", 2 * PRICE),
            ("opened", "sales", -2 * PRICE),
        ]
        assert [(e.payment_id, e.status, e.cause) for e in rows(PaymentEvent)] == [(payment.id, "pending", "request")]
        assert json.loads(message.payload) == {"user_id": owner.id, "order_number": body["order_id"]}
        assert (message.kind, message.group_key, message.state) == (
            "payment.created",
            f"payment-{payment.id}",
            "waiting",
        )

    def test_order_stays_reserved_until_the_money_comes(self, api, pay, owner):
        pay()

        (order,) = api.get("/api/v1/orders", by=owner).json["data"]["items"]
        assert order["status"] == "reserved"

    def test_is_one_transaction(self, app, pay, counts, fails):
        fails(service.outbox, "append", always=RuntimeError("mistake"))

        assert pay().status_code == 500
        assert counts() == NOTHING


class TestRefused:
    def test_order_of_somebody_else_does_not_exist(self, api, pay, stranger, counts):
        response = pay(by=stranger)

        assert (response.status_code, response.json["msg"]) == (404, "There is no such order.")
        assert counts() == NOTHING

    def test_order_of_nobody(self, pay):
        assert pay(order_id="nothing").status_code == 404

    @pytest.mark.parametrize("change", [0.01, -0.01, 1])
    def test_another_amount_than_the_orders(self, pay, body, counts, change):
        response = pay(amount=round(body["amount"] + change, 2))

        assert response.status_code == 422
        assert response.json["data"]["detail"][0]["loc"] == ["body", "amount"]
        assert counts() == NOTHING

    @pytest.mark.parametrize("state", ["cancelled", "paid"])
    def test_order_that_is_done(self, app, pay, body, state, counts):
        set_state(app, body["order_id"], state)

        response = pay()

        assert response.status_code == 409
        assert state in response.json["msg"]
        assert counts() == NOTHING

    def test_order_that_has_expired(self, pay, time_passes):
        time_passes(minutes=16)

        response = pay()

        assert response.status_code == 409
        assert "expired" in response.json["msg"]


class TestAgain:
    @pytest.mark.parametrize("first", [None, KEY])
    @pytest.mark.parametrize("second", [None, KEY, "another-key"])
    def test_same_payment_is_the_first_answer_once_more(self, pay, counts, first, second):
        original = pay(key=first)

        response = pay(key=second)

        assert (response.status_code, response.json) == (201, original.json)
        assert response.headers["Idempotent-Replayed"] == "true"
        assert counts() == ONE_OF_EACH

    def test_first_answer_stays_although_the_payment_has_gone_on(self, pay, notify):
        original = pay()
        notify()

        assert pay().json == original.json

    def test_key_for_another_order(self, api, owner, pay, counts):
        pay(key=KEY)

        response = pay(key=KEY, **payable(api, owner))

        assert response.status_code == 422
        assert response.json["data"]["detail"][0]["loc"] == ["header", "Idempotency-Key"]
        assert counts() == ONE_OF_EACH

    @pytest.mark.parametrize(
        ("first", "second", "status"),
        [(KEY, KEY, 422), (f'"{KEY}"', KEY, 422), (KEY, None, 409), (KEY, "another-key", 409), (None, None, 409)],
    )
    def test_another_amount_is_a_conflict_and_under_the_same_key_a_mistake(self, pay, first, second, status):
        pay(key=first)

        assert pay(key=second, amount=1).status_code == status

    def test_keys_belong_to_a_user(self, api, pay, stranger):
        pay(key=KEY)

        assert pay(key=KEY, by=stranger, **payable(api, stranger)).status_code == 201

    def test_key_that_looks_like_an_order_is_none(self, api, owner, pay, body):
        pay()

        assert pay(key=body["order_id"], **payable(api, owner)).status_code == 201

    @pytest.mark.parametrize("key", ["", '""', "a b", '"a', 'a"', "ü", "a" * 129, '"a";b=1', "a,b"])
    def test_what_is_no_key(self, pay, key, counts):
        response = pay(key=key)

        assert response.status_code == 422
        assert response.json["data"]["detail"][0]["loc"] == ["header", "Idempotency-Key"]
        assert counts() == NOTHING

    @pytest.mark.parametrize("key", ["a", "a" * 128, "A-Z_a.z:0"])
    def test_what_is_one(self, pay, key):
        assert pay(key=key).status_code == 201


class TestTwins:
    """The order's lock lets one through; what a twin has stored meanwhile is met all the same."""

    @pytest.fixture
    def blind(self, monkeypatch):
        """From now on the first look finds nothing, as if the twin had not been there yet."""

        def arrange():
            real, looks = service.requests.known, iter([[]])
            monkeypatch.setattr(service.requests, "known", lambda *arguments: next(looks, None) or real(*arguments))

        return arrange

    def test_that_stored_first_is_answered_with(self, pay, blind, counts, pauses):
        original = pay()
        blind()

        response = pay()

        assert (response.status_code, response.json) == (201, original.json)
        assert response.headers["Idempotent-Replayed"] == "true"
        assert counts() == ONE_OF_EACH

    def test_whose_order_was_paid_meanwhile_is_answered_with(self, pay, notify, blind):
        original = pay()
        notify()
        blind()

        assert pay().json == original.json


class TestRead:
    def test_anonymous_is_refused(self, api, pay, body):
        pay()

        assert api.get(f"{PAY}/{body['order_id']}").status_code == 401

    def test_owner_sees_it(self, api, owner, pay, body):
        made = pay().json["data"]

        assert api.get(f"{PAY}/{body['order_id']}", by=owner).json["data"] == made

    def test_anothers_does_not_exist(self, api, pay, body, stranger):
        pay()

        response = api.get(f"{PAY}/{body['order_id']}", by=stranger)

        assert (response.status_code, response.json["msg"]) == (404, "There is no such payment.")

    @pytest.mark.parametrize("number", ["nothing", "%00", "a%00b", "%F0%9F%8D%B5", "-", "9" * 300])
    def test_what_is_no_order_is_404(self, api, owner, number):
        assert api.get(f"{PAY}/{number}", by=owner).status_code == 404


class TestAppendOnly:
    @pytest.mark.parametrize("kind", [k for k in APPEND_ONLY if k.__name__ != "WebhookEvent"], ids=lambda k: k.__name__)
    def test_records_are_neither_changed_nor_deleted(self, app, pay, kind):
        pay()
        with app.app_context():
            record = db.session.scalars(db.select(kind)).first()
            record.payment_id += 1
            with pytest.raises(TypeError, match="append-only"):
                db.session.flush()
            db.session.rollback()
            db.session.delete(db.session.scalars(db.select(kind)).first())
            with pytest.raises(TypeError, match="append-only"):
                db.session.flush()
