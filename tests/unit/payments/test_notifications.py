"""Notifications of the payment service: proven, once each, in any order."""

import hmac
import json
from datetime import timedelta
from itertools import product

import pytest
from pydantic import SecretStr
from werkzeug.test import EnvironBuilder

from backend.core import clock
from backend.core.db import db
from backend.core.jobs.model import JobRow
from backend.modules.orders.model import Order
from backend.modules.payments import metrics, notifications, signatures, states
from backend.modules.payments.model import (
    LedgerEntry,
    Payment,
    PaymentEvent,
    PaymentTransaction,
    WebhookEvent,
)
from tests.framework.tables import table
from tests.unit.orders.fake_services import PRICE
from tests.unit.payments.conftest import NOTIFY
from tests.unit.payments.matrix import SECRET, payable

COST = 2 * PRICE


@pytest.fixture
def opened(pay):
    return pay().json["data"]


@pytest.fixture
def status(api, owner, opened):
    return lambda: api.get(f"/payment/{opened['order_id']}", by=owner).json["data"]["status"]


@pytest.fixture
def order_status(api, owner):
    return lambda: api.get("/api/v1/orders", by=owner).json["data"]["items"][0]["status"]


@pytest.fixture
def conflicts():
    """How many notifications have contradicted what is known since the test began."""

    def value(what):
        return metrics.CONFLICTS.labels(what)._value.get()

    before = {what: value(what) for what in notifications.CONFLICTS}
    return lambda what: value(what) - before[what]


def applied(response):
    assert response.status_code == 200, response.text
    return response.json["data"]["applied"]


class TestSuccess:
    def test_pays_the_order(self, notify, opened, status, order_status, rows):
        assert applied(notify())

        assert (status(), order_status()) == ("succeeded", "paid")
        assert [(e.status, e.cause) for e in rows(PaymentEvent)][1:] == [("succeeded", "notification evt-1")]
        assert [(e.posting, e.account, e.amount_fen) for e in rows(LedgerEntry)][2:] == [
            ("settled", "cash", COST),
            ("settled", "receivable", -COST),
        ]
        assert [m.kind for m in rows(JobRow)] == ["payment.created", "payment.succeeded"]
        assert [(e.event_id, e.status, e.applied) for e in rows(WebhookEvent)] == [("evt-1", "succeeded", True)]
        (payment,) = rows(Payment)
        assert payment.settled_at >= payment.created_at

    def test_comes_again_and_changes_nothing(self, notify, opened, counts):
        assert applied(notify())
        before = counts()

        assert not applied(notify())
        assert counts() == before

    def test_of_the_same_transaction_under_another_event_id_changes_nothing(self, notify, opened, rows, status):
        notify()

        assert not applied(notify(event_id="evt-2"))
        assert [e.applied for e in rows(WebhookEvent)] == [True, False]
        assert len(rows(LedgerEntry)) == 4

    @pytest.mark.parametrize("state", ["cancelled", "expired"])
    def test_for_an_order_that_can_be_paid_no_more_is_money_to_give_back(
        self, app, notify, opened, status, order_status, rows, log_lines, time_passes, state
    ):
        if state == "expired":
            time_passes(minutes=16)
        else:
            with app.app_context():
                db.session.execute(db.update(Order).values(state=state))
                db.session.commit()

        assert applied(notify())

        assert [m.kind for m in rows(JobRow)][1:] == ["payment.refund_due"]
        assert [(e.posting, e.account, e.amount_fen) for e in rows(LedgerEntry)][2:] == [
            ("settled", "cash", COST),
            ("settled", "receivable", -COST),
            ("owed", "sales", COST),
            ("owed", "refunds_payable", -COST),
        ]
        assert "payments.refund_due" in [line["event"] for line in log_lines if line["log_level"] == "error"]
        assert state in (order_status(), "expired")
        assert rows(Payment)[0].status == "refund_due"


class TestFailure:
    def test_leaves_the_order_to_be_paid(self, notify, opened, status, order_status, rows):
        assert applied(notify("failed"))

        assert (status(), order_status()) == ("failed", "reserved")
        assert [(e.posting, e.account, e.amount_fen) for e in rows(LedgerEntry)][2:] == [
            ("reversed", "sales", COST),
            ("reversed", "receivable", -COST),
        ]
        assert rows(JobRow)[1].kind == "payment.failed"

    def test_then_success_is_success(self, notify, opened, status, order_status, rows):
        notify("failed")

        assert applied(notify("succeeded", event_id="evt-2", transaction_id="4200002"))
        assert (status(), order_status()) == ("succeeded", "paid")
        assert [e.posting for e in rows(LedgerEntry)][::2] == ["opened", "reversed", "reopened", "settled"]
        assert [(t.transaction_id, t.status) for t in rows(PaymentTransaction)] == [("4200002", "settled")]

    def test_that_arrives_after_the_success_is_too_late(self, notify, opened, status, order_status, rows):
        notify("succeeded", event_id="evt-2")

        assert not applied(notify("failed", event_id="evt-1"))
        assert (status(), order_status()) == ("succeeded", "paid")
        assert [(e.event_id, e.applied) for e in rows(WebhookEvent)] == [("evt-2", True), ("evt-1", False)]


class TestContradictions:
    def test_payment_that_is_not_there_yet(self, notify, counts):
        assert notify().status_code == 404
        assert counts() == [0] * 6

    @pytest.mark.parametrize("amount", [0.01, COST / 100 + 0.01])
    def test_another_amount(self, notify, opened, status, log_lines, rows, conflicts, amount):
        assert notify(amount=amount).status_code == 409
        assert status() == "pending"
        assert rows(WebhookEvent) == []
        assert "payments.wrong_amount_notified" in [line["event"] for line in log_lines]
        assert conflicts("amount") == 1

    @pytest.mark.parametrize(
        "changed",
        [{"status": "succeeded"}, {"amount": 0.01}, {"transaction_id": "4200002"}],
        ids=lambda c: next(iter(c)),
    )
    def test_event_id_with_another_content(self, notify, opened, status, counts, log_lines, conflicts, changed):
        notify("failed")
        before = counts()

        assert notify(**{"status": "failed", **changed}).status_code == 409
        assert (status(), counts()) == ("failed", before)
        assert "payments.event_id_reused" in [line["event"] for line in log_lines if line["log_level"] == "error"]
        assert conflicts("event_id") == 1
        assert notify("failed").status_code == 200

    def test_event_from_before_its_content_was_kept_agrees_with_what_is_known_of_it(self, app, notify, opened):
        notify()
        with app.app_context():
            db.session.execute(db.update(WebhookEvent).values(transaction_id=None, amount_fen=None))
            db.session.commit()

        assert not applied(notify())
        assert notify("failed").status_code == 409

    def test_transaction_of_another_payment(self, api, owner, notify, opened, rows, log_lines, conflicts):
        other = payable(api, owner)
        api.post("/payment", json=other, by=owner)
        notify()

        assert notify(event_id="evt-2", **other).status_code == 409
        assert [payment.status for payment in rows(Payment)] == ["succeeded", "pending"]
        assert "payments.transaction_id_reused" in [line["event"] for line in log_lines]
        assert conflicts("transaction") == 1

    def test_transaction_with_another_amount(self, notify, opened, counts):
        notify()
        before = counts()

        assert notify(event_id="evt-2", amount=0.01).status_code == 409
        assert counts() == before

    def test_event_id_of_another_payment(self, api, owner, notify, opened):
        other = payable(api, owner)
        api.post("/payment", json=other, by=owner)
        notify()

        assert notify(**other).status_code == 409

    @pytest.mark.parametrize("changed", [{"status": "refunded"}, {"event_id": ""}, {"amount": "1"}, {"order_id": 1}])
    def test_bad_values(self, notify, opened, changed):
        assert notify(**changed).status_code == 422


class TestProof:
    @pytest.fixture
    def send(self, api, body, opened):
        sent = {**body, "event_id": "evt-1", "transaction_id": "4200001", "status": "succeeded"}
        raw = json.dumps(sent).encode()

        def send(age=0, secret=SECRET, sent=None, timestamp=None, change=lambda signature: signature):
            now = timestamp or str(int((clock.utcnow() - timedelta(seconds=age)).timestamp()))
            headers = {signatures.TIMESTAMP: now, signatures.SIGNATURE: change(signatures.sign(secret, now, raw))}
            return api.post(NOTIFY, data=sent or raw, content_type="application/json", headers=headers)

        return send

    @pytest.mark.parametrize("good", [{}, {"age": 290}, {"age": -290}, {"change": str.upper}], ids=repr)
    def test_fresh_one_passes_also_in_capitals(self, send, good):
        assert applied(send(**good))

    @pytest.mark.parametrize(
        "spoilt",
        [
            {"age": 310},
            {"age": -310},
            {"secret": "another"},
            {"sent": b'{"event_id": "evt-1"}'},
            {"change": lambda signature: ""},
            {"change": lambda signature: signature[:-1]},
            {"change": lambda signature: "\xe9"},
            {"timestamp": "now"},
            {"timestamp": "-1"},
            {"timestamp": "1" * 13},
            {"timestamp": "١٢٣".encode().decode("latin-1")},
        ],
        ids=lambda spoilt: next(iter(spoilt)),
    )
    def test_stale_one_and_anything_else_does_not(self, send, spoilt, rows):
        response = send(**spoilt)

        assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, signatures.SCHEME)
        assert rows(WebhookEvent) == []

    def test_time_is_part_of_what_is_signed(self):
        assert signatures.sign(SECRET, "1", b"2") != signatures.sign(SECRET, "12", b"")
        expected = hmac.new(b"key", b"1767323045.{}", "sha256").hexdigest()
        assert signatures.sign("key", "1767323045", b"{}") == expected

    @pytest.mark.parametrize("secret", [SECRET, SECRET[::-1]])
    def test_previous_secret_passes_until_it_is_taken_out(self, settings, secret):
        old = [SecretStr("x" * 32), SecretStr(SECRET[::-1])]
        now, counted = str(int(clock.utcnow().timestamp())), metrics.PREVIOUS_SECRET._value
        headers = {signatures.TIMESTAMP: now, signatures.SIGNATURE: signatures.sign(secret, now, b"")}
        request = EnvironBuilder(method="POST", headers=headers).get_request()
        before = counted.get()

        both = signatures.signature_check(settings.model_copy(update={"payment_webhook_previous_secrets": old}))

        assert both(request)
        assert counted.get() - before == (secret != SECRET)
        assert signatures.signature_check(settings)(request) is (secret == SECRET)

    def test_without_a_secret_nobody_passes(self, settings):
        now = str(int(clock.utcnow().timestamp()))
        headers = {signatures.TIMESTAMP: now, signatures.SIGNATURE: signatures.sign("", now, b"")}
        check = signatures.signature_check(settings.model_copy(update={"payment_webhook_secret": SecretStr("")}))

        assert not check(EnvironBuilder(method="POST", headers=headers).get_request())


FROM_PENDING = {("pending", "failed"), ("pending", "succeeded"), ("pending", "refund_due")}
ALLOWED = FROM_PENDING | {("failed", "succeeded"), ("failed", "refund_due"), ("refund_due", "refunded")}


@table("present, wanted", product(states.STATUSES, repeat=2))
def test_status_becomes_only_what_the_table_allows(present, wanted):
    assert set(states.TRANSITIONS) == set(states.STATUSES)
    assert states.may_become(present, wanted) is ((present, wanted) in ALLOWED)
