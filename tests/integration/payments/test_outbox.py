"""The outbox with two workers on a real database: each message is claimed by one, and none is lost when a worker dies."""

import threading

import pytest

from backend.core.db import db
from backend.modules.payments import outbox
from tests.framework.api import Api
from tests.framework.waiting import HANG
from tests.integration.payments.conftest import new_body
from tests.integration.support.applications import AS_IN_PRODUCTION
from tests.integration.support.concurrency import at_once
from tests.integration.support.many_rows import NUMBERS

SEND = "http://notification.internal/internal/notification/send"
MESSAGES = 24
HOUSEKEEPING = (["purge"], ["revive"], ["purge", "--dead"])

pytestmark = pytest.mark.usefixtures("real_commits")


@pytest.fixture
def numbers(shop, client, owner, adapter):
    """The orders whose users are to be told."""
    bodies = [new_body(client, owner) for _ in range(MESSAGES)]
    for body in bodies:
        assert Api(shop).post("/payment", json=body, by=owner).status_code == 201
    adapter.reset()
    return sorted(body["order_id"] for body in bodies)


def work(app):
    """Deliver until nothing is due."""
    sent = 0
    with app.app_context():
        while (done := outbox.deliver_due()) != outbox.Round(0, 0):
            sent += done.sent
        db.session.remove()
    return sent


def told(adapter):
    return sorted(call.json()["orderId"] for call in adapter.request_history if call.url == SEND)


def test_two_workers_send_each_message_once(shop, numbers, adapter, sql, books):
    sent = at_once(2, lambda _: work(shop))

    assert sum(sent) == MESSAGES
    assert told(adapter) == numbers
    assert sql.value("SELECT COUNT(*) FROM outbox WHERE delivered_at IS NULL OR attempts <> 1") == 0


def test_worker_passes_over_what_another_is_claiming(shop, numbers, adapter, sql):
    sql.run("START TRANSACTION")
    locked = sql.rows("SELECT order_number FROM outbox ORDER BY id LIMIT 3 FOR UPDATE")

    assert work(shop) == MESSAGES - 3

    assert not {number for (number,) in locked} & set(told(adapter))
    sql.run("ROLLBACK")
    assert work(shop) == 3
    assert told(adapter) == numbers


def test_what_a_worker_holds_while_it_sends_is_nobody_elses(shop, numbers, adapter):
    """One worker waits for the notification service with its batch claimed; the other sends all the rest."""
    begun, go_on = threading.Event(), threading.Event()
    first = threading.current_thread()

    def answer(request, context):
        context.status_code = 202
        if threading.current_thread() is not first:
            begun.set()
            go_on.wait(HANG)
        return {}

    adapter.register_uri("POST", SEND, json=answer)
    slow = threading.Thread(target=work, args=[shop])
    slow.start()
    begun.wait(HANG)

    assert work(shop) == MESSAGES - outbox.BATCH
    go_on.set()
    slow.join(HANG)
    assert told(adapter) == numbers


def test_dead_workers_messages_are_sent_by_another_when_their_claim_is_over(shop, numbers, adapter, sql):
    with shop.app_context():
        claimed = outbox.run_unit(outbox._claim, commit=True, replay=True)
    assert work(shop) == MESSAGES - len(claimed)

    sql.run("UPDATE outbox SET due_at = NOW(6) WHERE delivered_at IS NULL")

    assert work(shop) == len(claimed) == outbox.BATCH
    assert told(adapter) == numbers


def test_claims_are_taken_with_skip_locked(shop, numbers):
    statements = []

    def note(_, __, statement, *___):
        statements.append(statement)

    with shop.app_context():
        db.event.listen(db.engine, "before_cursor_execute", note)
        outbox._claim()
        db.session.rollback()
        db.event.remove(db.engine, "before_cursor_execute", note)

    assert any(statement.endswith("FOR UPDATE SKIP LOCKED") for statement in statements)


def test_a_year_of_messages_is_revived_and_goes_in_steps(make_app, sql):
    """100,000 messages, half of them dead, under the timeouts of a request."""
    ordinary = make_app(**AS_IN_PRODUCTION)
    sql.run("SET foreign_key_checks = 0")
    sql.run(
        "INSERT INTO outbox (payment_id, user_id, order_number, kind, attempts, due_at, done, delivered_at, last_error, created_at)"
        " SELECT n, 1, n, 'payment.created', 20, NOW(6), 1, IF(n % 2, NULL, NOW(6) - INTERVAL 40 DAY), '', NOW(6) - INTERVAL 40 DAY"
        f" FROM {NUMBERS}"
    )

    outputs = [ordinary.test_cli_runner().invoke(args=["outbox", *words]).output for words in HOUSEKEEPING]

    assert outputs == [
        "deleted 50000 delivered messages\n",
        "50000 messages will be sent again\n",
        "deleted 0 dead messages\n",
    ]
    assert sql.value("SELECT COUNT(*) FROM outbox WHERE attempts = 0 AND NOT done") == 50_000
    sql.run("DELETE FROM outbox")
