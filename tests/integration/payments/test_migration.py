"""Payments that an earlier version has stored get their transactions and the postings that were not made then."""

import flask_migrate
import pytest

from backend.core.db import db
from backend.modules.payments import books
from backend.modules.payments.model import PaymentTransaction
from tests.framework.database_names import fresh_database
from tests.integration.support.applications import application
from tests.integration.support.sql import Sql

STATUSES = ("pending", "failed", "succeeded", "refund_due", "succeeded")  # the last one had failed before
OLD = "0005"
USER = "INSERT INTO users (openid, nickname, avatar_url, role, created_at, updated_at) VALUES ('o', '', '', 'member', NOW(), NOW())"
ORDER = (
    "INSERT INTO orders (number, user_id, product_id, product_name, quantity, amount_fen, note, state, reservation_id, "
    "reserved_until, created_at) SELECT %s, id, 'p', 'Tea', 1, 100, '', 'reserved', %s, NOW(), NOW() FROM users"
)
PAYMENT = (
    "INSERT INTO payments (order_id, order_number, user_id, amount_fen, status, created_at, settled_at) "
    "SELECT id, number, user_id, 100, %s, NOW(), %s FROM orders WHERE number = %s"
)
ENTRY = (
    "INSERT INTO ledger_entries (payment_id, posting, account, amount_fen, created_at) "
    "SELECT id, %s, %s, %s, NOW() FROM payments WHERE order_number = %s"
)
POSTINGS = {"opened": ("receivable", "sales"), "settled": ("cash", "receivable")}


def store(sql, number, status):
    """A payment as the earlier version has left it."""
    settled = status in ("succeeded", "refund_due")
    sql.run(ORDER, number, number)
    sql.run(PAYMENT, status, "2026-01-02 03:04:05" if settled else None, number)
    for posting in ("opened", "settled") if settled else ("opened",):
        for account, fen in zip(POSTINGS[posting], (100, -100), strict=True):
            sql.run(ENTRY, posting, account, fen, number)


@pytest.fixture
def migrated(settings, database_server, worker, real_commits):
    with (
        fresh_database(database_server.url, f"{worker}_old_payments") as url,
        application(settings, database_url=url) as app,
        app.app_context(),
    ):
        flask_migrate.upgrade(revision=OLD)
        with Sql(url) as sql:
            sql.run(USER)
            for number, status in enumerate(STATUSES):
                store(sql, f"n{number}", status)
            yield sql


def test_old_payments_add_up_afterwards(migrated):
    flask_migrate.upgrade()

    assert list(books.imbalances()) == []
    found = migrated.rows("SELECT payment_id, transaction_id, amount_fen, status FROM payment_transactions ORDER BY 1")
    assert found == [(3, None, 100, "settled"), (4, None, 100, "refund_due"), (5, None, 100, "settled")]
    postings = migrated.rows(
        "SELECT payment_id, posting FROM ledger_entries GROUP BY payment_id, posting ORDER BY 1, 2"
    )
    assert [row for row in postings if row[1] not in POSTINGS] == [(2, "reversed"), (4, "owed")]


@pytest.mark.parametrize("revision", [OLD, "0006"])
def test_on_the_way_down_and_up_again_nothing_is_booked_twice(migrated, revision):
    flask_migrate.upgrade()
    before = migrated.rows("SELECT payment_id, posting, account, amount_fen FROM ledger_entries ORDER BY 1, 2, 3")

    flask_migrate.downgrade(revision=revision)
    flask_migrate.upgrade()

    after = migrated.rows("SELECT payment_id, posting, account, amount_fen FROM ledger_entries ORDER BY 1, 2, 3")
    assert after == before
    assert list(books.imbalances()) == []


def test_what_an_old_process_writes_while_the_new_version_starts_is_repaired(migrated):
    flask_migrate.upgrade()
    for number, status in enumerate(STATUSES, 10):
        store(migrated, f"n{number}", status)
    migrated.run("UPDATE payments SET status = 'succeeded', settled_at = NOW() WHERE id = 2")  # one that had failed
    for account, fen in zip(POSTINGS["settled"], (100, -100), strict=True):
        migrated.run(ENTRY, "settled", account, fen, "n1")

    broken = {found.payment_id for found in books.imbalances()}
    repaired = [payment for payment in broken if books.repair(payment)]

    assert sorted(repaired) == sorted(broken)
    assert len(broken) == 5
    assert list(books.imbalances()) == []
    assert not any(books.repair(payment) for payment in broken)
    assert db.session.scalar(db.select(db.func.count()).select_from(PaymentTransaction)) == 7


MESSAGES = (  # kind, attempts, done, delivered
    ("payment.created", 1, 1, "2026-01-01 10:00:01"),
    ("payment.failed", 20, 1, None),
    ("payment.succeeded", 3, 0, None),
)
OUTBOX = "SELECT payment_id, user_id, order_number, kind, attempts, done, delivered_at, last_error, created_at FROM outbox ORDER BY id"


@pytest.fixture
def payment(settings, database_server, worker):
    """`(sql, id)` of a payment on a database at the revision before messages became jobs."""
    with (
        fresh_database(database_server.url, f"{worker}_messages") as url,
        application(settings, database_url=url) as app,
        app.app_context(),
        Sql(url) as sql,
    ):
        flask_migrate.upgrade(revision="0009")
        sql.run(USER)
        sql.run(ORDER, "A1", "A1")
        sql.run(PAYMENT, "pending", None, "A1")
        yield sql, sql.value("SELECT id FROM payments")


def test_messages_about_payments_are_carried_over_and_back(payment):
    sql, payment_id = payment
    for kind, attempts, done, delivered in MESSAGES:
        sql.run(
            "INSERT INTO outbox (payment_id, user_id, order_number, kind, attempts, due_at, done, delivered_at, last_error, created_at)"
            " VALUES (%s, 5, 'A1', %s, %s, '2026-01-01 11:00:00', %s, %s, 'Error', '2026-01-01 10:00:00')",
            *(payment_id, kind, attempts, done, delivered),
        )
    before = sql.rows(OUTBOX)

    flask_migrate.upgrade()
    found = sql.rows("SELECT kind, state, group_key, attempts, payload FROM jobs ORDER BY id")
    flask_migrate.downgrade(revision="0009")

    payload = '{"user_id": 5, "order_number": "A1"}'
    assert found == [
        ("payment.created", "done", f"payment-{payment_id}", 1, payload),
        ("payment.failed", "dead", f"payment-{payment_id}", 20, payload),
        ("payment.succeeded", "scheduled", f"payment-{payment_id}", 3, payload),
    ]
    assert sql.rows(OUTBOX) == before
    assert sql.value("SELECT COUNT(*) FROM jobs") == 0


def test_message_of_an_application_that_still_runs_stops_the_migration(payment, caplog):
    sql, payment_id = payment
    flask_migrate.upgrade(revision="0010")
    sql.run(
        "INSERT INTO outbox (payment_id, user_id, order_number, kind, attempts, due_at, done, last_error, created_at)"
        " VALUES (%s, 5, 'A1', 'payment.created', 0, NOW(6), 0, '', NOW(6))",
        payment_id,
    )

    with pytest.raises(SystemExit):
        flask_migrate.upgrade()

    assert "1 messages to users came into the table outbox" in caplog.text
    flask_migrate.downgrade(revision="0009")
    flask_migrate.upgrade()
    assert sql.value("SELECT COUNT(*) FROM jobs") == 1
