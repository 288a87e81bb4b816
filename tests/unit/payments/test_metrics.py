"""/metrics shows what waits: the refunds, the oldest pending payment; and nothing of it while the database is away."""

import re

import pytest

from backend.core.db import monitor as db_monitor
from backend.core.web import metrics_page
from backend.modules.payments.repository import PaymentRepository
from tests.unit.core.support import database_error


@pytest.fixture
def gauges(app):
    """What the page shows of payments, by name."""

    def read():
        with app.test_request_context():
            text = metrics_page.render().get_data(as_text=True)
        found = re.findall(r"^(\S+) (\S+)$", text, re.MULTILINE)
        return {name: float(value) for name, value in found if name in EMPTY}

    return read


EMPTY = {
    "payments_refunds_waiting": 0,
    "payments_oldest_pending_seconds": 0,
}


def test_nothing_waits(session, gauges):
    assert gauges() == EMPTY


def test_what_waits_is_counted_and_its_age_told(app, pay, notify, gauges, time_passes):
    pay()
    time_passes(seconds=90)

    found = gauges()

    assert found["payments_oldest_pending_seconds"] == pytest.approx(90, abs=10)
    notify()
    notify(event_id="evt-2", transaction_id="4200002")
    assert (gauges()["payments_refunds_waiting"], gauges()["payments_oldest_pending_seconds"]) == (1, 0)


@pytest.mark.usefixtures("session")
class TestDatabaseAway:
    def test_readings_are_left_out_and_the_counters_stay(self, app, monkeypatch, gauges, log_lines):
        def fail(_):
            raise database_error(2013, "Lost connection")

        monkeypatch.setattr(PaymentRepository, "oldest_pending", fail)

        assert gauges() == {}
        assert [line["fault"] for line in log_lines if line["event"] == "metrics.not_read"] == ["lost"]

    def test_known_outage_is_not_waited_for(self, app, monkeypatch, gauges):
        monkeypatch.setattr(db_monitor.current(), "state", db_monitor.State.DOWN)
        monkeypatch.setattr(PaymentRepository, "oldest_pending", lambda _: pytest.fail("the database was asked"))

        assert gauges() == {}
