"""Money that came twice, or for an order that could no longer be paid: noted, alarmed, given back once."""

import pytest

from backend.core.db import db
from backend.core.jobs.model import JobRow
from backend.modules.payments import books, metrics, refunds
from backend.modules.payments.model import LedgerEntry, Payment, PaymentEvent, PaymentTransaction
from tests.unit.core.support import deadlock
from tests.unit.orders.fake_services import PRICE

COST = 2 * PRICE


@pytest.fixture
def opened(pay):
    return pay().json["data"]


@pytest.fixture
def paid(notify, opened):
    """The payment has been settled by the transaction 4200001."""
    assert notify().json["data"]["applied"]


@pytest.fixture
def again(notify):
    """Money comes under another id: `again(2)`."""

    def send(number=2, **changed):
        return notify(event_id=f"evt-{number}", transaction_id=f"420000{number}", **changed)

    return send


@pytest.fixture
def alarms(log_lines):
    counter = metrics.REFUNDS_DUE.labels("second_transaction")._value
    before = counter.get()

    def read():
        lines = [line for line in log_lines if line["event"] == "payments.refund_due"]
        assert {line["log_level"] for line in lines} <= {"error"}
        assert counter.get() - before == len(lines)
        return [(line["reason"], line["amount_fen"]) for line in lines]

    return read


@pytest.fixture
def transactions(rows):
    return lambda: [(t.number, t.transaction_id, t.amount_fen, t.status) for t in rows(PaymentTransaction)]


@pytest.fixture
def refund(app):
    def act(refund_id):
        with app.app_context():
            return refunds.mark_refunded(refund_id)

    return act


@pytest.fixture(autouse=True)
def books_add_up(app):
    yield
    with app.app_context():
        assert list(books.imbalances()) == []


class TestSecondCharge:
    def test_is_noted_and_alarmed_and_the_payment_stays_paid(self, paid, again, transactions, rows, alarms):
        answer = again()

        assert (answer.status_code, answer.json["data"]["applied"]) == (200, True)
        assert transactions() == [(1, "4200001", COST, "settled"), (2, "4200002", COST, "refund_due")]
        assert [(e.posting, e.account, e.amount_fen) for e in rows(LedgerEntry)][4:] == [
            ("surplus-2", "cash", COST),
            ("surplus-2", "refunds_payable", -COST),
        ]
        assert rows(Payment)[0].status == "succeeded"
        assert alarms() == [("second_transaction", COST)]

    def test_comes_again_and_is_noted_once(self, paid, again, notify, transactions, counts, alarms):
        again()
        before = transactions(), counts()[:5]

        assert again().json["data"]["applied"] is False
        assert notify(event_id="evt-3", transaction_id="4200002").json["data"]["applied"] is False
        assert (transactions(), counts()[:5]) == before
        assert len(alarms()) == 1

    @pytest.mark.usefixtures("no_waiting")
    def test_in_a_transaction_that_lost_and_ran_again_is_alarmed_once(self, paid, again, transactions, fails, alarms):
        fails(db.session, "commit", deadlock(), deadlock())

        assert again().json["data"]["applied"] is True

        assert len(transactions()) == 2
        assert alarms() == [("second_transaction", COST)]

    @pytest.mark.usefixtures("no_waiting")
    def test_that_was_not_stored_is_not_alarmed(self, paid, again, transactions, fails, alarms):
        fails(db.session, "commit", always=deadlock())

        assert again().status_code == 503

        assert len(transactions()) == 1
        assert alarms() == []

    def test_of_another_amount_is_noted_with_that_amount(self, paid, again, transactions, alarms):
        assert again(amount=0.01).status_code == 200

        assert transactions()[1] == (2, "4200002", 1, "refund_due")
        assert alarms() == [("second_transaction", 1)]

    def test_third_one_is_noted_as_well(self, paid, again, transactions, rows):
        again(2)
        again(3)

        assert [(number, status) for number, _, _, status in transactions()][1:] == [
            (2, "refund_due"),
            (3, "refund_due"),
        ]
        assert rows(LedgerEntry)[-1].posting == "surplus-3"

    def test_that_failed_is_none(self, paid, again, transactions, alarms):
        assert again(status="failed").json["data"]["applied"] is False

        assert len(transactions()) == 1
        assert alarms() == []

    def test_after_an_attempt_that_failed_is_the_first(self, opened, again, transactions, alarms):
        again(1, status="failed")
        again(2)

        assert transactions() == [(1, "4200002", COST, "settled")]
        assert alarms() == []

    def test_of_an_attempt_that_failed_at_first_is_the_first(self, opened, notify, transactions, alarms):
        notify("failed")
        notify("succeeded", event_id="evt-2")

        assert transactions() == [(1, "4200001", COST, "settled")]
        assert alarms() == []

    def test_where_the_first_is_not_known_is_not_swallowed(self, app, paid, again, transactions):
        """A version that kept no ids has settled it: whether this is the same money, a person has to find out."""
        with app.app_context():
            db.session.execute(db.delete(PaymentTransaction))
            db.session.commit()

        again()

        assert transactions() == [(2, "4200002", COST, "refund_due")]
        with app.app_context():
            assert [due.settled_by for due in refunds.due(0, 10)] == [None]
            assert books.repair(1)
        assert (1, None, COST, "settled") in transactions()


class TestRefund:
    def test_of_a_second_charge_is_booked_and_the_payment_stays_paid(self, paid, again, refund, transactions, rows):
        again()

        assert refund(2)

        assert transactions()[1] == (2, "4200002", COST, "refunded")
        assert [(e.posting, e.account, e.amount_fen) for e in rows(LedgerEntry)][6:] == [
            ("refunded-2", "refunds_payable", COST),
            ("refunded-2", "cash", -COST),
        ]
        assert rows(Payment)[0].status == "succeeded"
        assert rows(PaymentTransaction)[1].refunded_at

    def test_of_the_whole_payment_is_told_to_the_user(self, opened, notify, time_passes, refund, transactions, rows):
        time_passes(minutes=16)
        notify()

        assert refund(1)

        assert transactions() == [(1, "4200001", COST, "refunded")]
        assert rows(Payment)[0].status == "refunded"
        assert [e.status for e in rows(PaymentEvent)] == ["pending", "refund_due", "refunded"]
        assert rows(JobRow)[-1].kind == "payment.refunded"

    def test_is_made_once(self, paid, again, refund, counts):
        again()
        assert refund(2)
        before = counts()

        assert not refund(2)
        assert counts() == before

    @pytest.mark.parametrize("refund_id", [1, 99])
    def test_of_what_is_not_due(self, paid, refund, counts, refund_id):
        before = counts()

        assert not refund(refund_id)
        assert counts() == before

    def test_money_that_comes_after_it_has_to_be_given_back_as_well(
        self, opened, notify, again, time_passes, refund, transactions
    ):
        time_passes(minutes=16)
        notify()
        refund(1)

        assert again().json["data"]["applied"]
        assert [status for *_, status in transactions()] == ["refunded", "refund_due"]
