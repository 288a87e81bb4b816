"""Many at the same moment: one payment, one change of state, whatever their order."""

from collections import Counter

import pytest

from backend.modules.payments import refunds
from tests.framework.api import Api
from tests.integration.payments.books import ONE_OF_EACH
from tests.integration.payments.conftest import new_body
from tests.integration.support.concurrency import at_once

TWINS = 8

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.mark.parametrize("key", [None, "one-key"])
def test_eight_twins_are_one_payment(pay, books, key):
    answers = at_once(TWINS, lambda _: pay(key=key))

    statuses = Counter(answer.status_code for answer in answers)
    assert statuses[201] >= 1
    assert set(statuses) <= {201, 409}
    stored = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.text for answer in stored}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in stored) == 1
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status_code == 409)
    assert books.counts() == ONE_OF_EACH


def test_eight_keys_for_one_order_are_one_payment(pay, books):
    answers = at_once(TWINS, lambda number: pay(key=f"key-{number}"))

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert books.counts() == ONE_OF_EACH


def test_one_key_for_several_orders_is_one_payment(client, owner, pay, books):
    bodies = [new_body(client, owner) for _ in range(4)]

    answers = at_once(4, lambda number: pay(key="one-key", **bodies[number]))

    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
    assert books.counts() == ONE_OF_EACH


def test_amounts_that_contradict_each_other_are_one_payment(pay, body, books):
    amounts = [body["amount"], 1, body["amount"], 2]

    answers = at_once(4, lambda number: pay(amount=amounts[number]))

    assert {answers[0].status_code, answers[2].status_code} == {201}
    assert {answers[1].status_code, answers[3].status_code} <= {409, 422}
    assert books.counts() == ONE_OF_EACH


def test_orders_of_many_are_paid_side_by_side(shop, books):
    clients = [Api(shop) for _ in range(TWINS)]
    owners = [client.login(openid=f"o-{number}") for number, client in enumerate(clients)]
    bodies = [new_body(client, owner) for client, owner in zip(clients, owners, strict=True)]

    answers = at_once(TWINS, lambda n: Api(shop).post("/payment", json=bodies[n], by=owners[n]))

    assert [answer.status_code for answer in answers] == [201] * TWINS
    assert books.counts() == [TWINS, TWINS, TWINS, 2 * TWINS, TWINS, 0]


def test_twin_that_is_being_stored_is_a_conflict(pay, sql, body, books):
    """Somebody holds the order for longer than a lock is waited for."""
    sql.run("START TRANSACTION")
    sql.run("SELECT * FROM orders WHERE number = %s FOR UPDATE", body["order_id"])

    refused = pay()

    assert (refused.status_code, refused.headers["Retry-After"]) == (409, "1")
    sql.run("ROLLBACK")
    assert pay().status_code == 201
    assert books.counts() == ONE_OF_EACH


class TestNotifications:
    def test_one_that_comes_eight_times_at_once_is_applied_once(self, pay, notify, sql, books):
        pay()

        answers = at_once(TWINS, lambda _: notify())

        assert [answer.status_code for answer in answers] == [200] * TWINS
        assert sum(answer.json["data"]["applied"] for answer in answers) == 1
        assert sql.value("SELECT state FROM orders") == "paid"
        assert books.counts() == [1, 1, 2, 4, 2, 1]

    def test_success_and_failure_at_once_are_success_in_the_end(self, pay, notify, sql, books):
        pay()
        wanted = ["succeeded", "failed"] * 4

        answers = at_once(TWINS, lambda number: notify(wanted[number], f"evt-{number}"))

        assert [answer.status_code for answer in answers] == [200] * TWINS
        assert sql.value("SELECT status FROM payments") == "succeeded"
        assert sql.value("SELECT state FROM orders") == "paid"
        assert sql.value("SELECT COUNT(*) FROM payment_events WHERE status = 'succeeded'") == 1
        assert sql.value("SELECT COUNT(*) FROM webhook_events") == TWINS

    def test_two_charges_at_once_are_one_payment_and_one_refund(self, pay, notify, sql, books):
        pay()

        answers = at_once(TWINS, lambda number: notify("succeeded", f"evt-{number}", f"t-{number % 4}"))

        assert [answer.status_code for answer in answers] == [200] * TWINS
        assert sum(answer.json["data"]["applied"] for answer in answers) == 4
        found = sql.rows("SELECT number, status FROM payment_transactions ORDER BY number")
        assert found == [(1, "settled"), *((number, "refund_due") for number in (2, 3, 4))]
        assert sql.value("SELECT status FROM payments") == "succeeded"

    def test_one_refund_is_marked_once_by_two_people(self, shop, pay, notify, sql, books):
        pay()
        for number in (1, 2):
            notify("succeeded", f"evt-{number}", f"t-{number}")
        due = sql.value("SELECT id FROM payment_transactions WHERE number = 2")

        def mark(_):
            with shop.app_context():
                return refunds.mark_refunded(due)

        assert sorted(at_once(2, mark)) == [False, True]
        assert sql.value("SELECT COUNT(*) FROM ledger_entries WHERE posting = 'refunded-2'") == 2

    def test_one_transaction_for_two_payments_at_once_settles_one(self, client, owner, shop, pay, notify, sql, books):
        pay()
        other = new_body(client, owner)
        assert pay(**other).status_code == 201

        answers = at_once(2, lambda number: notify(event_id=f"evt-{number}", **(other if number else {})))

        assert sorted(answer.status_code for answer in answers) == [200, 409]
        assert sql.value("SELECT COUNT(*) FROM payment_transactions") == 1

    def test_cancelling_at_the_same_moment_leaves_no_money_unaccounted(self, client, owner, pay, notify, sql, books):
        pay()
        order = sql.value("SELECT id FROM orders")

        def act(number):
            return notify() if number else client.post(f"/api/v1/orders/{order}/cancel", by=owner)

        cancelled, notified = at_once(2, act)

        assert notified.json["data"]["applied"]
        end = sql.rows("SELECT o.state, p.status FROM orders o JOIN payments p ON p.order_id = o.id")
        assert end == [("cancelled", "refund_due") if cancelled.status_code == 200 else ("paid", "succeeded")]
