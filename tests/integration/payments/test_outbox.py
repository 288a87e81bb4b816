"""Messages to users with two workers on a real database: each is claimed by one, and none is lost when a worker dies."""

import threading

import pytest

from backend.core.db import db
from backend.core.jobs import claims
from backend.core.jobs.kinds import EXTENSION
from backend.core.jobs.worker import Worker
from backend.modules.payments import outbox
from tests.framework.api import Api
from tests.framework.waiting import HANG
from tests.integration.payments.conftest import new_body
from tests.integration.support.concurrency import at_once

SEND = "http://notification.internal/internal/notification/send"
MESSAGES = 24
CREATED = "payment.created"

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
    return Worker(app, 1, [CREATED]).run_due()["done"]


def claim(app):
    """What a worker claims in one go."""
    return claims.claim(app.extensions[EXTENSION].by_name[CREATED], outbox.BATCH)


def told(adapter):
    return sorted(call.json()["orderId"] for call in adapter.request_history if call.url == SEND)


def test_two_workers_send_each_message_once(shop, numbers, adapter, sql, books):
    sent = at_once(2, lambda _: work(shop))

    assert sum(sent) == MESSAGES
    assert told(adapter) == numbers
    assert sql.value("SELECT COUNT(*) FROM jobs WHERE state <> 'done' OR attempts <> 1") == 0


def test_worker_passes_over_what_another_is_claiming(shop, numbers, adapter, sql):
    sql.run("START TRANSACTION")
    locked = sql.rows("SELECT payload FROM jobs ORDER BY id LIMIT 3 FOR UPDATE")

    assert work(shop) == MESSAGES - 3

    assert not [number for number in told(adapter) if any(number in payload for (payload,) in locked)]
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
        claimed = claim(shop)
    assert work(shop) == MESSAGES - len(claimed)

    sql.run("UPDATE jobs SET due_at = UTC_TIMESTAMP(6) WHERE state = 'running'")

    assert work(shop) == len(claimed) == outbox.BATCH
    assert told(adapter) == numbers


def test_claims_are_taken_with_skip_locked(shop, numbers):
    statements = []

    def note(_, __, statement, *___):
        statements.append(statement)

    with shop.app_context():
        db.event.listen(db.engine, "before_cursor_execute", note)
        claim(shop)
        db.event.remove(db.engine, "before_cursor_execute", note)

    assert any(statement.endswith("FOR UPDATE SKIP LOCKED") for statement in statements)


def test_without_skip_locked_two_workers_send_each_message_once(shop, numbers, adapter, monkeypatch):
    """As on TiDB."""
    monkeypatch.setattr(claims, "lockable", lambda: False)

    sent = at_once(2, lambda _: work(shop))

    assert sum(sent) == MESSAGES
    assert told(adapter) == numbers
