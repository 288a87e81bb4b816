"""Messages to users: what is due is sent once, what fails is put off, what fails for good is laid aside, and the order is kept."""

from datetime import timedelta

import pytest

from backend.core import clock
from backend.core.db import db
from backend.core.jobs import attempts, claims, housekeeping
from backend.core.jobs.kinds import EXTENSION
from backend.core.jobs.model import JobRow
from backend.modules.payments import outbox
from tests.unit.orders.fake_services import REFUSED, SEND
from tests.unit.payments.matrix import payable

CREATED, SUCCEEDED = "payment.created", "payment.succeeded"


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
        (found,) = rows(JobRow)
        return found

    return read


@pytest.fixture
def take(app, session):
    """Claim a batch of each kind of message; gives the jobs."""

    def act():
        claims.release_overdue()
        known = app.extensions[EXTENSION].by_name
        return [job for name in outbox.NAMES.values() for job in claims.claim(known[name], known[name].batch)]

    return act


@pytest.fixture
def deliver(take):
    """One round of a worker; gives how each attempt ended."""
    return lambda: [attempts.run(job) for job in take()]


def change(app, **values):
    with app.app_context():
        db.session.execute(db.update(JobRow).values(**values))
        db.session.commit()


class TestDelivery:
    def test_sends_what_is_due_once(self, message, owner, fake_services, deliver, only):
        assert deliver() == ["done"]
        assert deliver() == []

        (sent,) = fake_services.sent()
        assert sent.json() == {"userId": str(owner.id), "kind": CREATED, "orderId": message}
        assert sent.headers["Idempotency-Key"] == f"{message}-{CREATED}"
        assert (only().state, only().attempts, only().last_error) == ("done", 1, "")

    def test_carries_the_id_of_the_request_that_changed_the_payment(self, message, fake_services, deliver, only):
        deliver()

        assert fake_services.sent()[0].headers["X-Request-ID"] == only().request_id != ""

    def test_no_connection_is_held_meanwhile(self, message, deliver, monkeypatch):
        held, real = [], outbox.registry.client
        monkeypatch.setattr(
            outbox.registry, "client", lambda name: held.append((name, db.session().in_transaction())) or real(name)
        )

        deliver()

        assert held == [("notification", False)]

    def test_failure_is_put_off_longer_and_longer(self, app, message, fake_services, deliver, only, log_lines):
        fake_services.answers(SEND, {"status_code": 400})
        pauses = []
        for attempt in range(1, 5):
            assert deliver() == ["retry"]
            assert deliver() == []
            pauses.append((only().due_at - clock.utcnow()).total_seconds())
            assert (only().attempts, only().state) == (attempt, "scheduled")
            assert only().last_error.startswith("StatusError")
            change(app, due_at=clock.utcnow())

        assert pauses == [pytest.approx(wanted, rel=0.25) for wanted in (5, 10, 20, 40)]
        assert {line["exc_info"] for line in log_lines if line["event"] == "jobs.failed"} == {None}

    def test_pause_has_a_longest(self, app, message, fake_services, deliver, only):
        fake_services.answers(SEND, REFUSED)
        change(app, attempts=18)

        deliver()

        assert (only().due_at - clock.utcnow()).total_seconds() == pytest.approx(3600, rel=0.25)

    def test_after_the_last_attempt_it_is_dead(self, app, message, fake_services, deliver, only, log_lines):
        fake_services.answers(SEND, REFUSED)
        change(app, attempts=19)

        assert deliver() == ["dead"]

        assert (only().state, only().attempts) == ("dead", 20)
        assert "jobs.dead" in [line["event"] for line in log_lines if line["log_level"] == "error"]
        assert deliver() == []

    def test_recovers_by_itself(self, app, message, fake_services, deliver, only):
        fake_services.answers(SEND, {"status_code": 400}, {"status_code": 202})
        deliver()
        change(app, due_at=clock.utcnow())

        assert deliver() == ["done"]
        assert (only().state, only().last_error) == ("done", "")

    def test_without_an_address_nothing_is_tried(self, app, message, only, settings, monkeypatch):
        monkeypatch.setitem(app.extensions, "settings", settings.model_copy(update={"notification_url": ""}))

        result = app.test_cli_runner().invoke(args=["worker", "--once"])

        assert result.output == "done: 0, retry: 0, dead: 0, lost: 0\n"
        assert (only().state, only().attempts) == ("waiting", 0)


class TestOrder:
    """The user reads what became of a payment in the order in which it happened."""

    @pytest.fixture
    def two(self, message, notify):
        """`created`, then `succeeded`; both are due."""
        notify()

    @pytest.fixture
    def kinds(self, fake_services):
        return lambda: [call.json()["kind"] for call in fake_services.sent()]

    def test_later_one_waits_while_an_earlier_one_waits_for_its_retry(self, app, two, fake_services, deliver, kinds):
        fake_services.answers(SEND, {"status_code": 400}, {"status_code": 202})

        assert [deliver(), deliver()] == [["retry"], []]
        change(app, due_at=clock.utcnow())
        assert [deliver(), deliver()] == [["done"], ["done"]]
        assert kinds() == [CREATED, CREATED, SUCCEEDED]

    def test_later_one_waits_while_another_worker_sends_the_earlier_one(self, two, take):
        assert [job.kind.name for job in take()] == [CREATED]
        assert take() == []

    def test_dead_one_holds_nobody_back(self, app, two, deliver, kinds):
        with app.app_context():
            db.session.execute(db.update(JobRow).where(JobRow.kind == CREATED).values(state="dead"))
            db.session.commit()

        assert deliver() == ["done"]
        assert kinds() == [SUCCEEDED]

    def test_one_payment_does_not_hold_another_one_back(self, api, owner, two, fake_services, deliver, kinds):
        other = payable(api, owner)
        assert api.post("/payment", json=other, by=owner).status_code == 201
        fake_services.answers(SEND, {"status_code": 400}, {"status_code": 202})

        assert deliver() == ["retry", "done"]
        assert fake_services.sent()[-1].json()["orderId"] == other["order_id"]

    def test_worker_sends_all_of_them_in_their_order(self, app, two, kinds):
        result = app.test_cli_runner().invoke(args=["worker", "--once"])

        assert result.output == "done: 2, retry: 0, dead: 0, lost: 0\n"
        assert kinds() == [CREATED, SUCCEEDED]


class TestClaims:
    def test_claim_is_long_enough_for_a_batch(self, take, message, only, settings):
        """A message may take its deadline, and the others of the batch theirs before it."""
        seconds = outbox.kinds()[0].lease()

        take()

        assert outbox.BATCH * seconds == outbox.BATCH * settings.service_deadline_seconds + 30
        assert (only().due_at - clock.utcnow()).total_seconds() == pytest.approx(seconds, abs=2)

    def test_worker_that_died_leaves_it_to_another(self, message, take, deliver, time_passes):
        take()
        assert deliver() == []
        time_passes(seconds=90)

        assert deliver() == ["done"]

    def test_worker_that_was_overtaken_writes_nothing(self, app, message, fake_services, deliver, only):
        def overtake(request, context):
            change(app, attempts=2)
            context.status_code = 202

        fake_services.answers(SEND, {"json": overtake})

        assert deliver() == ["lost"]
        assert (only().state, only().attempts) == ("running", 2)


class TestHousekeeping:
    """`flask jobs` looks after messages like after any other job; tests/unit/core/jobs has all of it."""

    def test_dead_ones_of_a_kind_or_of_the_last_days_can_be_sent_again(self, app, message, notify, rows):
        notify()
        change(app, state="dead", attempts=20)
        with app.app_context():
            created = db.update(JobRow).where(JobRow.kind == CREATED)
            db.session.execute(created.values(created_at=clock.utcnow() - timedelta(days=3)))
            db.session.commit()
            assert housekeeping.revive_all(CREATED, 2) == 0
            assert housekeeping.revive_all(None, 2) == 1

        assert [row.state for row in rows(JobRow)] == ["dead", "waiting"]

    def test_every_state_of_a_payment_has_a_message(self):
        assert set(outbox.NAMES.values()) == {
            f"payment.{name}" for name in ("created", "failed", "succeeded", "refund_due", "refunded")
        }
