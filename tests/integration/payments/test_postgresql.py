"""Payments on PostgreSQL: a private server, the migrations, twins, COMMITs without a reply, a server that falls silent.

The server's programs are looked for on PATH and where Debian puts them. Where there are none, the tests are skipped and say so.
"""

import os
import signal
import time

import flask_migrate
import psycopg
import pytest
from testdb import open_database, postgresql_private

from backend.core.db import connections as db_connections
from backend.core.db import db
from backend.core.db import monitor as db_monitor
from backend.core.db.errors import DatabaseFault, classify
from backend.core.db.postgresql import connection_class
from backend.core.http import registry
from backend.core.jobs.worker import Worker
from backend.modules.payments import books as ledger_check
from backend.modules.payments import metrics, refunds, service
from tests.framework.api import Api
from tests.framework.application import prepare
from tests.framework.waiting import eventually
from tests.integration.orders.fake_services import say_yes
from tests.integration.payments.books import ONE_OF_EACH
from tests.integration.payments.conftest import SETTINGS
from tests.integration.support.applications import AS_IN_PRODUCTION, application
from tests.integration.support.concurrency import at_once

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.skipif(
        not postgresql_private.look(), reason="no PostgreSQL server is installed: apt install postgresql"
    ),
    pytest.mark.usefixtures("real_commits"),
]


@pytest.fixture(scope="module")
def postgresql():
    """The URL of an empty database on a server of these tests' own."""
    with open_database("postgresql", "local", name="touchstone_test", say=lambda line: None) as database:
        yield database.url()


class Sql:
    """Like `support.sql.Sql`."""

    def __init__(self, url):
        self._connection = psycopg.connect(url.replace("+psycopg", ""), autocommit=True)

    def rows(self, statement, *values):
        return self._connection.execute(statement, values or None).fetchall()

    def value(self, statement, *values):
        return self.rows(statement, *values)[0][0]


@pytest.fixture(scope="module")
def migrated(settings, postgresql):
    with application(settings, database_url=postgresql, **AS_IN_PRODUCTION | SETTINGS) as app, app.app_context():
        flask_migrate.upgrade()
        flask_migrate.check()
    return postgresql


@pytest.fixture
def sql(migrated):
    made = Sql(migrated)
    yield made
    made._connection.close()


@pytest.fixture
def shop(settings, migrated, sql):
    tables = "jobs, webhook_events, ledger_entries, payment_events, payment_requests, payments, orders, users"
    sql._connection.execute(f"TRUNCATE {tables} CASCADE")
    changes = AS_IN_PRODUCTION | SETTINGS | {"db_pool_size": 8, "server_threads": 24, "db_pool_timeout": 5}
    with application(settings, database_url=migrated, **changes) as app:
        say_yes(app, settings.model_copy(update=SETTINGS))
        registry.add(app, settings, "notification", "notification_url")
        yield prepare(app)


@pytest.fixture
def commit_breaks(monkeypatch):
    """`commit_breaks(applied=True)`: the next COMMIT of a payment gets no reply."""

    def arrange(*, applied):
        kind = connection_class(psycopg, AS_IN_PRODUCTION["db_read_timeout"])
        real, left = kind.commit, [None]

        def commit(self):
            if not left or self.info.transaction_status != psycopg.pq.TransactionStatus.INTRANS or not asked():
                return real(self)
            left.pop()
            if applied:
                real(self)
            self.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

        monkeypatch.setattr(kind, "commit", commit)
        return left

    def asked():
        return db.session().info.pop("paying", False)

    original = service.outbox.append
    monkeypatch.setattr(
        service.outbox, "append", lambda *rows: (original(*rows), db.session().info.update(paying=True))
    )
    return arrange


def test_eight_twins_are_one_payment(pay, books):
    answers = at_once(8, lambda _: pay())

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert pay().headers["Idempotent-Replayed"] == "true"
    assert books.counts() == ONE_OF_EACH


@pytest.mark.parametrize("applied", [True, False])
def test_commit_without_a_reply_is_one_payment(pay, books, commit_breaks, applied):
    left = commit_breaks(applied=applied)

    assert pay().status_code == 201
    assert left == []
    assert books.counts() == ONE_OF_EACH


def test_notification_pays_the_order(pay, notify, sql, books):
    pay()

    assert [notify().json["data"]["applied"], notify().json["data"]["applied"]] == [True, False]
    assert sql.value("SELECT state FROM orders") == "paid"


def test_second_charge_is_due_told_and_booked(shop, pay, notify, sql, books):
    pay()
    for number in (1, 2):
        assert notify(event_id=f"evt-{number}", transaction_id=f"t-{number}").json["data"]["applied"]

    with shop.app_context():
        gauges = {metric.name: metric.samples[0].value for metric in metrics.readings()}
        assert gauges["payments_refunds_waiting"] == 1
        assert Worker(shop).run_due() == {"done": 2}
        (due,) = refunds.due(0, 10)
        assert (due.transaction_id, due.settled_by) == ("t-2", "t-1")
        assert refunds.mark_refunded(due.id)
        assert list(ledger_check.imbalances()) == []


def test_connection_is_ended_by_another_of_the_same_user(shop, sql):
    with shop.app_context():
        own = db_connections.number(db.session())
        assert own.number == db.session.scalar(db.text("SELECT pg_backend_pid()"))
        other = db.engine.connect()
        pid = other.connection.dbapi_connection.info.backend_pid
        gone = db_connections.ServerSession(pid, other.connection.info["origin"])

        db_connections.end(db.session(), gone._replace(origin=own.origin))  # whoever had its number before
        assert sql.rows("SELECT 1 FROM pg_stat_activity WHERE pid = %s", pid)
        db_connections.end(db.session(), gone)

        eventually(lambda: not sql.rows("SELECT 1 FROM pg_stat_activity WHERE pid = %s", pid), "it has ended")
        other.invalidate()
        other.close()


def test_silent_server_costs_its_time_out_and_no_more(shop, sql):
    """libpq would wait for ever."""
    with shop.app_context():
        db.session.scalar(db.text("SELECT 1"))
        backend = db_connections.number(db.session()).number
        os.kill(backend, signal.SIGSTOP)
        started = time.monotonic()
        try:
            with pytest.raises(db.exc.OperationalError) as caught:
                db.session.scalar(db.text("SELECT 2"))
        finally:
            os.kill(backend, signal.SIGCONT)
        assert classify(caught.value) is DatabaseFault.LOST
        assert 2 < time.monotonic() - started < 8
        db.session.rollback()
        assert db.session.scalar(db.text("SELECT 3")) == 3


def test_monitor_sees_it_up(shop):
    assert shop.extensions[db_monitor.EXTENSION].probe() is db_monitor.State.UP
    assert Api(shop).get("/health").status_code == 200
