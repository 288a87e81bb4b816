"""`flask payments`: what needs a person is listed a page at a time, refunds are noted, the books are compared and repaired."""

import json

import pytest

from backend.core.db import db
from backend.modules.payments.model import LedgerEntry, Payment, PaymentEvent
from tests.unit.orders.fake_services import PRICE
from tests.unit.payments.matrix import payable

COST = 2 * PRICE


@pytest.fixture
def run(app):
    def act(*words, expect=0):
        result = app.test_cli_runner().invoke(args=["payments", *words])
        assert result.exit_code == expect, result.output
        return result.output

    return act


@pytest.fixture
def charged_twice(pay, notify):
    pay()
    for number in (1, 2, 3):
        assert notify(event_id=f"evt-{number}", transaction_id=f"4200-{number}").status_code == 200


@pytest.fixture
def payment_id(rows):
    """The id of the payment that was opened first, or of a later one."""
    return lambda place=0: str(rows(Payment)[place].id)


def rows_of(text):
    return [json.loads(line) for line in text.splitlines()]


class TestList:
    def test_asks_what_is_meant(self, run):
        assert "Say which" in run("list", expect=2)

    def test_refunds_that_are_due(self, run, body, charged_twice):
        second, third = rows_of(run("list", "--refund-due", "--json"))

        assert {**second, "since": 0} == {
            "id": 2,
            "order": body["order_id"],
            "amount": f"{COST / 100:.2f}",
            "transaction": "4200-2",
            "settled_by": "4200-1",
            "since": 0,
        }
        assert third["transaction"] == "4200-3"

    def test_a_page_at_a_time(self, run, charged_twice):
        first = run("list", "--refund-due", "--limit", "1")

        assert first.count("id=") == 1
        assert "There may be more: --after 2" in first
        assert "transaction=4200-3" in run("list", "--refund-due", "--after", "2")
        assert run("list", "--refund-due", "--after", "3") == "nothing to list\n"

    def test_payments_that_nothing_was_heard_of(self, api, owner, body, pay, run, notify, time_passes):
        pay()
        time_passes(minutes=61)
        other = payable(api, owner)
        api.post("/payment", json=other, by=owner)

        assert [row["order"] for row in rows_of(run("list", "--stuck-pending", "--json"))] == [body["order_id"]]
        assert run("list", "--stuck-pending", "--older-than", "62") == "nothing to list\n"
        assert run("list", "--stuck-pending", "--older-than", "0").count("order=") == 2
        notify("failed")
        assert run("list", "--stuck-pending") == "nothing to list\n"


class TestRefunded:
    def test_is_noted_once(self, run, charged_twice):
        assert run("refunded", "2") == "refund 2 is booked\n"
        assert "No refund 2 is due" in run("refunded", "2", expect=1)
        assert [row["id"] for row in rows_of(run("list", "--refund-due", "--json"))] == [3]

    def test_what_settled_the_payment_is_none(self, run, charged_twice):
        assert "No refund 1 is due" in run("refunded", "1", expect=1)


class TestClose:
    def test_pending_payment_fails_and_money_that_comes_is_taken(self, run, pay, notify, rows, payment_id):
        pay()

        assert run("close", payment_id()) == "1 payments are closed\n"

        assert rows(Payment)[0].status == "failed"
        assert [entry.posting for entry in rows(LedgerEntry)][2:] == ["reversed"] * 2
        assert [(e.status, e.cause) for e in rows(PaymentEvent)][1:] == [("failed", "closed by an operator")]
        assert run("check") == "nothing to list\n"
        assert notify().json["data"]["applied"]
        assert rows(Payment)[0].status == "succeeded"

    def test_what_is_not_pending_is_named_and_the_others_are_closed(self, run, charged_twice, api, owner, payment_id):
        assert api.post("/payment", json=payable(api, owner), by=owner).status_code == 201

        output = run("close", payment_id(0), payment_id(1), "999", expect=1)

        assert "1 payments are closed" in output
        assert f"Not pending: {payment_id(0)}, 999." in output


class TestCheck:
    def test_books_that_add_up(self, run, charged_twice):
        assert run("check") == "nothing to list\n"

    def test_receivable_that_was_left_is_told_and_repaired(self, app, run, pay, body, notify, rows):
        pay()
        with app.app_context():
            db.session.execute(db.update(Payment).values(status="failed"))  # as an earlier version did it
            db.session.commit()

        first, second = rows_of(run("check", "--json", expect=1))

        assert {**first, "id": 0, "payment_id": 0} == {
            "id": 0,
            "payment_id": 0,
            "order_number": body["order_id"],
            "status": "failed",
            "account": "receivable",
            "holds": COST,
            "should_hold": 0,
        }
        assert (second["account"], second["holds"]) == ("sales", -COST)
        assert run("check", "--repair") == "1 payments were looked at\nnothing to list\n"
        assert [entry.posting for entry in rows(LedgerEntry)][2:] == ["reversed"] * 2

    def test_what_does_not_follow_from_a_state_stays_for_a_person(self, app, run, pay, rows):
        pay()
        with app.app_context():
            wrong = {"payment_id": rows(Payment)[0].id, "posting": "opened", "account": "cash", "amount_fen": 7}
            db.session.execute(db.insert(LedgerEntry).values(**wrong))
            db.session.commit()

        assert "account=cash  holds=7  should_hold=0" in run("check", "--repair", expect=1)
