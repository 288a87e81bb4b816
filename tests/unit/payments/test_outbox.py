"""The outbox: what is due is sent, what fails is put off, what fails for good is laid aside; nobody sends another's."""

import json
import signal
import threading
from datetime import timedelta

import pytest

from backend.core import clock
from backend.core.db import db
from backend.modules.payments import cli, outbox
from backend.modules.payments.model import OutboxMessage
from backend.modules.payments.outbox import Round, deliver_due
from tests.unit.core.support import database_error
from tests.unit.orders.fake_services import REFUSED, SEND
from tests.unit.payments.matrix import payable


@pytest.fixture
def message(pay, fake_services, owner, body):
    """A message that waits; the order's own notification has been sent already."""
    pay()
    fake_services.answers(SEND, {"status_code": 202})
    fake_services.sent = lambda: fake_services.calls(SEND)[1:]
    return body["order_id"]


@pytest.fixture
def only(rows):
    def read():
        (found,) = rows(OutboxMessage)
        return found

    return read


@pytest.fixture
def deliver(app):
    def act():
        with app.app_context():
            return deliver_due()

    return act


def change(app, **values):
    with app.app_context():
        db.session.execute(db.update(OutboxMessage).values(**values))
        db.session.commit()


class TestDelivery:
    def test_sends_what_is_due_once(self, message, owner, fake_services, deliver, only):
        assert deliver() == Round(1, 0)
        assert deliver() == Round(0, 0)

        (sent,) = fake_services.sent()
        assert sent.json() == {"userId": str(owner.id), "kind": "payment.created", "orderId": message}
        assert sent.headers["Idempotency-Key"] == f"{message}-payment.created"
        assert (only().done, only().attempts, only().last_error) == (True, 1, "")
        assert only().delivered_at >= only().created_at

    def test_no_connection_is_held_meanwhile(self, message, deliver, monkeypatch):
        held, real = [], outbox.registry.client
        monkeypatch.setattr(
            outbox.registry, "client", lambda name: held.append((name, db.session().in_transaction())) or real(name)
        )

        deliver()

        assert held == [("notification", False)]

    def test_failure_is_put_off_longer_and_longer(self, app, message, fake_services, deliver, only, time_passes):
        fake_services.answers(SEND, {"status_code": 400})
        pauses = []
        for attempt in range(1, 5):
            assert deliver() == Round(0, 1)
            assert deliver() == Round(0, 0)
            pauses.append((only().due_at - clock.utcnow()).total_seconds())
            assert (only().attempts, only().done, only().last_error) == (attempt, False, "StatusError")
            change(app, due_at=clock.utcnow())

        assert pauses == [pytest.approx(wanted, rel=0.25) for wanted in (5, 10, 20, 40)]

    def test_pause_has_a_longest(self, app, message, fake_services, deliver, only):
        fake_services.answers(SEND, REFUSED)
        change(app, attempts=18)

        deliver()

        assert (only().due_at - clock.utcnow()).total_seconds() == pytest.approx(3600, rel=0.25)

    def test_after_the_last_attempt_it_is_dead(self, app, message, fake_services, deliver, only, log_lines):
        fake_services.answers(SEND, REFUSED)
        change(app, attempts=19)

        assert deliver() == Round(0, 1)

        assert (only().done, only().delivered_at, only().attempts) == (True, None, 20)
        assert "outbox.dead" in [line["event"] for line in log_lines if line["log_level"] == "error"]
        change(app, due_at=clock.utcnow())
        assert deliver() == Round(0, 0)

    def test_recovers_by_itself(self, app, message, fake_services, deliver, only):
        fake_services.answers(SEND, {"status_code": 400}, {"status_code": 202})
        deliver()
        change(app, due_at=clock.utcnow())

        assert deliver() == Round(1, 0)
        assert (only().done, only().last_error) == (True, "")

    def test_what_is_not_due_waits(self, app, message, fake_services, deliver):
        change(app, due_at=clock.utcnow() + timedelta(seconds=1))

        assert deliver() == Round(0, 0)
        assert fake_services.sent() == []

    def test_a_round_is_a_batch_at_most(self, message, notify, fake_services, deliver, monkeypatch):
        notify()
        monkeypatch.setattr(outbox, "BATCH", 1)

        assert [deliver(), deliver(), deliver()] == [Round(1, 0), Round(1, 0), Round(0, 0)]
        assert [call.json()["kind"] for call in fake_services.sent()] == ["payment.created", "payment.succeeded"]


class TestOrder:
    """The user reads what became of a payment in the order in which it happened."""

    @pytest.fixture
    def two(self, message, notify):
        """`created`, then `succeeded`; both are due."""
        notify()

    @pytest.fixture
    def kinds(self, fake_services):
        return lambda: [call.json()["kind"] for call in fake_services.sent()]

    def test_later_one_waits_in_a_batch_as_well(self, two, deliver, kinds):
        assert deliver() == Round(1, 0)
        assert kinds() == ["payment.created"]
        assert deliver() == Round(1, 0)
        assert kinds() == ["payment.created", "payment.succeeded"]

    def test_later_one_waits_while_an_earlier_one_waits_for_its_retry(self, app, two, fake_services, deliver, kinds):
        fake_services.answers(SEND, {"status_code": 400}, {"status_code": 202})

        assert [deliver(), deliver()] == [Round(0, 1), Round(0, 0)]
        change(app, due_at=clock.utcnow())
        assert [deliver(), deliver()] == [Round(1, 0), Round(1, 0)]
        assert kinds() == ["payment.created", "payment.created", "payment.succeeded"]

    def test_later_one_waits_while_another_worker_sends_the_earlier_one(self, session, two):
        assert [claim.kind for claim in outbox._claim()] == ["payment.created"]
        assert outbox._claim() == []

    def test_dead_one_holds_nobody_back(self, app, two, deliver, kinds):
        with app.app_context():
            created = db.update(OutboxMessage).where(OutboxMessage.kind == "payment.created")
            db.session.execute(created.values(done=True))
            db.session.commit()

        assert deliver() == Round(1, 0)
        assert kinds() == ["payment.succeeded"]

    def test_one_payment_does_not_hold_another_one_back(self, api, owner, two, fake_services, deliver, kinds):
        other = payable(api, owner)
        assert api.post("/payment", json=other, by=owner).status_code == 201
        fake_services.answers(SEND, {"status_code": 400}, {"status_code": 202})

        assert deliver() == Round(1, 1)
        assert fake_services.sent()[-1].json()["orderId"] == other["order_id"]


class TestClaims:
    def test_claimed_one_is_nobody_elses_until_its_time_is_over(self, session, message, settings):
        first = outbox.run_unit(outbox._claim, commit=True, replay=True)

        assert [claim.attempts for claim in first] == [1]
        assert outbox.run_unit(outbox._claim, commit=True, replay=True) == []
        lease = db.session.scalars(db.select(OutboxMessage.due_at)).one() - clock.utcnow()
        assert lease.total_seconds() == pytest.approx(10 * settings.service_deadline_seconds + 30, abs=2)

    def test_worker_that_died_leaves_it_to_another(self, app, message, deliver, session, time_passes):
        outbox.run_unit(outbox._claim, commit=True, replay=True)
        time_passes(seconds=90)

        assert deliver() == Round(1, 0)

    def test_where_rows_cannot_be_locked_the_count_decides(self, session, message, monkeypatch):
        real = outbox.messages.due

        def due(*arguments):
            found = real(*arguments)
            db.session.execute(db.text("UPDATE outbox SET attempts = 1"))
            return found

        monkeypatch.setattr(outbox.messages, "due", due)

        assert outbox._claim() == []

    def test_worker_that_was_overtaken_writes_nothing(self, app, message, fake_services, deliver, only, log_lines):
        def overtake(request, context):
            change(app, attempts=2)
            context.status_code = 202

        fake_services.answers(SEND, {"json": overtake})

        deliver()

        assert (only().done, only().attempts) == (False, 2)
        assert "outbox.claim_lost" in [line["event"] for line in log_lines]


class TestCommands:
    @pytest.fixture
    def run(self, app):
        def act(*words, expect=0):
            result = app.test_cli_runner().invoke(args=["outbox", *words])
            assert result.exit_code == expect, result.output
            return result.output

        return act

    def test_purge_deletes_what_was_delivered_long_ago(self, app, message, deliver, run, rows):
        deliver()
        assert run("purge") == "deleted 0 delivered messages\n"
        change(app, delivered_at=clock.utcnow() - timedelta(days=31))

        assert run("purge", "--days", "32") == "deleted 0 delivered messages\n"
        assert run("purge") == "deleted 1 delivered messages\n"
        assert rows(OutboxMessage) == []

    def test_purge_keeps_what_waits_and_what_is_dead(self, app, message, run, rows):
        change(app, created_at=clock.utcnow() - timedelta(days=400), done=True)

        assert run("purge", "--days", "0") == "deleted 0 delivered messages\n"
        assert len(rows(OutboxMessage)) == 1

    def test_once_sends_what_is_due(self, message, run, fake_services):
        assert run("run", "--once") == "sent 1 messages, 0 could not be sent\n"
        assert run("run", "--once") == "sent 0 messages, 0 could not be sent\n"
        assert len(fake_services.sent()) == 1

    def test_once_says_what_could_not_be_sent(self, message, run, fake_services):
        fake_services.answers(SEND, REFUSED)

        assert run("run", "--once") == "sent 0 messages, 1 could not be sent\n"

    def test_without_an_address_nothing_is_tried(self, app, message, run, settings, only, monkeypatch):
        monkeypatch.setitem(app.extensions, "settings", settings.model_copy(update={"notification_url": ""}))

        assert "NOTIFICATION_URL is empty" in run("run", "--once", expect=1)
        assert only().attempts == 0

    def test_runs_until_it_is_stopped(self, message, run, fake_services, monkeypatch):
        stop = threading.Event()
        idle = []
        monkeypatch.setattr(cli, "_stopped", lambda: stop)
        monkeypatch.setattr(stop, "wait", lambda seconds: (idle.append(seconds), stop.set()))

        run("run")

        assert len(fake_services.sent()) == 1
        assert idle == [cli.IDLE]

    def test_interrupted_database_does_not_end_it(self, session, fails, log_lines):
        fails(outbox, "deliver_due", database_error(2013, "Lost connection"))

        assert cli._busy() is False
        assert [line["fault"] for line in log_lines] == ["lost"]

    def test_stop_signals_end_it(self, monkeypatch):
        handlers = {}
        monkeypatch.setattr(signal, "signal", lambda number, act: handlers.update({number: act}))

        stop = cli._stopped()

        assert set(handlers) == {signal.SIGINT, signal.SIGTERM}
        assert not stop.is_set()
        handlers[signal.SIGTERM](signal.SIGTERM, None)
        assert stop.is_set()

    def test_list_shows_what_waits_and_what_is_dead(self, app, message, notify, run):
        assert run("list").count("state=waiting") == 1
        notify()
        with app.app_context():
            first = db.session.scalars(db.select(OutboxMessage.id)).first()
            db.session.execute(db.update(OutboxMessage).where(OutboxMessage.id == first).values(done=True, attempts=20))
            db.session.commit()

        lines = run("list").splitlines()
        (dead,) = [json.loads(line) for line in run("list", "--dead", "--json").splitlines()]

        assert ["state=dead" in line for line in lines] == [True, False]
        assert run("list", "--limit", "1").splitlines() == [lines[0], f"There may be more: --after {first}"]
        assert run("list", "--after", str(first)).splitlines() == lines[1:]
        assert (dead["id"], dead["kind"], dead["order"], dead["attempts"]) == (first, "payment.created", message, 20)

    def test_delivered_ones_are_not_listed(self, message, run):
        run("run", "--once")

        assert run("list") == "nothing to list\n"
        assert run("list", "--json") == ""

    def test_dead_one_can_be_sent_again(self, app, message, run, only, fake_services):
        change(app, done=True, attempts=20)

        assert "will be sent again" in run("retry", str(only().id))
        assert (only().done, only().attempts) == (False, 0)
        assert run("run", "--once").startswith("sent 1")

    def test_all_dead_ones_can_be_sent_again(self, app, message, notify, run, rows, monkeypatch):
        notify()
        change(app, done=True, attempts=20)
        monkeypatch.setattr(outbox, "REVIVED_AT_ONCE", 1)

        assert run("revive") == "2 messages will be sent again\n"
        assert [(m.done, m.attempts) for m in rows(OutboxMessage)] == [(False, 0)] * 2
        assert run("revive") == "0 messages will be sent again\n"

    def test_dead_ones_of_a_kind_or_of_the_last_days(self, app, message, notify, run, rows):
        notify()
        change(app, done=True, attempts=20)
        with app.app_context():
            created = db.update(OutboxMessage).where(OutboxMessage.kind == "payment.created")
            db.session.execute(created.values(created_at=clock.utcnow() - timedelta(days=3)))
            db.session.commit()

        assert run("revive", "--days", "2", "--kind", "payment.created") == "0 messages will be sent again\n"
        assert run("revive", "--days", "2") == "1 messages will be sent again\n"
        assert run("revive", "--kind", "payment.created") == "1 messages will be sent again\n"

    def test_delivered_ones_are_not_revived(self, message, run):
        run("run", "--once")

        assert run("revive") == "0 messages will be sent again\n"

    def test_dead_ones_are_deleted_when_that_is_said(self, app, message, notify, run, rows):
        notify()
        run("run", "--once")
        with app.app_context():
            dead = db.update(OutboxMessage).where(OutboxMessage.kind == "payment.created")
            db.session.execute(dead.values(delivered_at=None, created_at=clock.utcnow() - timedelta(days=31)))
            db.session.commit()

        assert run("purge", "--dead", "--days", "32") == "deleted 0 dead messages\n"
        assert run("purge", "--dead") == "deleted 1 dead messages\n"
        assert [m.kind for m in rows(OutboxMessage)] == ["payment.succeeded"]

    def test_one_that_is_not_dead_cannot(self, message, run, only):
        assert "no dead message" in run("retry", str(only().id), expect=1)
        run("run", "--once")
        assert "no dead message" in run("retry", str(only().id), expect=1)
