"""Metrics: counted always, read when they are asked for, shown only to those who know the token, and added up over all workers."""

import pytest
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.values import MultiProcessValue

from backend.core.db import db
from backend.core.db import monitor as db_monitor
from backend.core.errors import DatabaseUnavailableError
from backend.core.observability import metrics
from tests.framework.tables import table
from tests.unit.core.support import application, database_error

TOKEN = "metrics-token-0123456789"


@pytest.fixture(scope="module")
def opened():
    with application(metrics_token=TOKEN) as app:
        yield app.test_client()


class TestAccess:
    @table("header", [None, "", "Bearer ", "Bearer", f"Bearer {TOKEN}", "Basic Og=="])
    def test_without_a_token_in_the_settings_it_is_closed_to_everybody(self, client, header):
        answer = client.get("/metrics", headers={"Authorization": header} if header is not None else {})

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "metrics"

    @table("header", ["", "Bearer ", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", "Bearer é"])
    def test_the_wrong_token_opens_nothing(self, opened, header):
        assert opened.get("/metrics", headers={"Authorization": header}).status_code == 401

    def test_the_token_opens_it(self, opened):
        answer = opened.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

        assert answer.status_code == 200
        assert answer.mimetype == "text/plain"
        assert "# TYPE http_requests_total counter" in answer.text


class TestContent:
    def test_requests_and_their_seconds_are_counted_by_route(self, opened):
        metrics.observe("GET", "/api/probe/<id:number>", 200, 0.02)

        text = opened.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text

        assert 'http_requests_total{method="GET",route="/api/probe/<id:number>",status="200"}' in text
        assert 'http_request_seconds_bucket{le="0.025",route="/api/probe/<id:number>"}' in text

    @table("name", ["db_checkouts_total", "db_faults_total", "retries_total"])
    def test_what_happens_to_the_database_is_told(self, opened, name):
        assert f"# TYPE {name} counter" in opened.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text

    def test_several_workers_are_added_up(self, opened, monkeypatch, tmp_path):
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
        for worker, times in ((11, 2), (12, 3)):
            value = MultiProcessValue(lambda worker=worker: worker)
            counted = value("counter", "probe_total", "probe_total", ["route"], ["/x"], "Times.")
            counted.inc(times)

        text = opened.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text

        assert 'probe_total{route="/x"} 5.0' in text
        assert "http_requests_total" not in text


class TestReadings:
    """What a module reads from the database at each scrape."""

    @pytest.fixture
    def page(self, opened, monkeypatch):
        """`page(read, ...)`: the metrics with these readings."""

        def show(*reads):
            monkeypatch.setitem(opened.application.extensions, metrics.READINGS, [])
            for read in reads:
                metrics.add_reading(opened.application, read)
            return opened.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text

        return show

    def test_are_shown_beside_the_counters(self, page):
        def read():
            yield GaugeMetricFamily("things_waiting", "Things.", value=db.session.scalar(db.text("SELECT 7")))

        text = page(read)

        assert "things_waiting 7.0" in text
        assert "# TYPE http_requests_total counter" in text

    @table("error", [database_error(2013, "Lost connection"), DatabaseUnavailableError()])
    def test_that_fail_are_left_out_and_the_others_stay(self, page, error):
        def broken():
            raise error

        text = page(broken, lambda: [GaugeMetricFamily("things_waiting", "Things.", value=1)])

        assert "things_waiting 1.0" in text
        assert "# TYPE http_requests_total counter" in text

    def test_are_not_taken_while_the_database_is_known_to_be_down(self, opened, page, monkeypatch):
        monitor = opened.application.extensions[db_monitor.EXTENSION]
        monkeypatch.setattr(monitor, "state", db_monitor.State.DOWN)

        text = page(lambda: pytest.fail("the database was asked"))

        assert "# TYPE http_requests_total counter" in text
