"""Payments in doubt: noted when their client is told `unknown`, stored when the database is back, listed until they are settled."""

import json
from collections import deque
from datetime import timedelta

import pytest

from backend.core import clock
from backend.core.db import db
from backend.modules.payments import doubts, metrics, service
from backend.modules.payments.model import Payment, PaymentDoubt, PaymentRequest
from tests.unit.core.support import database_error
from tests.unit.orders.conftest import lost_replies, refused
from tests.unit.payments.conftest import ONE_OF_EACH
from tests.unit.payments.matrix import payable

pytestmark = pytest.mark.usefixtures("pauses", "session")


@pytest.fixture(autouse=True)
def waiting(app, monkeypatch):
    found = deque(maxlen=3)
    monkeypatch.setitem(app.extensions, doubts.EXTENSION, found)
    return found


@pytest.fixture
def in_doubt(pay, monkeypatch):
    """Every COMMIT of the payment gets lost, until its client is told `unknown`."""

    def act():
        with monkeypatch.context() as patch:
            lost_replies(patch, service.outbox, "append")("lost", "lost", "lost", "lost")
            refused(pay(), "unknown")

    return act


@pytest.fixture
def run(app):
    def act(*words):
        result = app.test_cli_runner().invoke(args=["payments", *words])
        assert result.exit_code == 0, result.output
        return result.output

    return act


def listed(run):
    return [(row["order"], row["stored"]) for row in map(json.loads, run("list", "--unknown", "--json").splitlines())]


def test_is_logged_at_once_and_waits_for_the_database(in_doubt, body, waiting, rows, log_lines):
    before = metrics.UNKNOWN._value.get()

    in_doubt()

    assert [row["order_number"] for row in waiting] == [body["order_id"]]
    assert rows(PaymentDoubt) == []
    assert metrics.UNKNOWN._value.get() == before + 1
    (line,) = [line for line in log_lines if line["event"] == "payments.unknown"]
    assert (line["log_level"], line["number"]) == ("error", body["order_id"])


def test_next_payment_stores_it(api, owner, in_doubt, body, waiting, rows, run):
    in_doubt()

    assert api.post("/payment", json=payable(api, owner), by=owner).status_code == 201

    assert not waiting
    assert [row.order_number for row in rows(PaymentDoubt)] == [body["order_id"]]
    assert listed(run) == [(body["order_id"], "no")]


def test_is_listed_until_something_is_heard_of_it(in_doubt, body, pay, notify, run):
    in_doubt()
    assert pay().status_code == 201
    assert listed(run) == [(body["order_id"], "yes")]
    assert "stored=yes" in run("list", "--unknown")

    notify()

    assert listed(run) == []
    assert run("list", "--unknown") == "nothing to list\n"


def test_note_that_cannot_be_stored_waits_on_and_harms_no_payment(in_doubt, pay, waiting, counts, fails, log_lines):
    in_doubt()
    fails(doubts.doubts, "append", always=database_error(2013, "Lost connection"))

    assert pay().status_code == 201
    assert counts() == ONE_OF_EACH
    assert len(waiting) == 1
    assert "payments.doubts_not_stored" in [line["event"] for line in log_lines]


def test_payment_that_was_surely_not_saved_is_none(pay, fails, waiting):
    fails(service.outbox, "append", *[database_error(2003, "Can't connect")] * 4, after=True)

    refused(pay(), "not_saved")

    assert not waiting


def test_old_notes_are_deleted_and_payments_stay(app, in_doubt, pay, run, rows):
    in_doubt()
    pay()
    assert run("purge") == "deleted 0 notes of payments in doubt\n"
    with app.app_context():
        db.session.execute(db.update(PaymentDoubt).values(created_at=clock.utcnow() - timedelta(days=31)))
        db.session.commit()

    assert run("purge") == "deleted 1 notes of payments in doubt\n"
    assert (len(rows(Payment)), len(rows(PaymentRequest))) == (1, 1)
