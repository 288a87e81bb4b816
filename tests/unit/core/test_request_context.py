"""What surrounds a request: its id, its headers and its line in the log, whatever the answer is."""

import re

import pytest

from backend.core.observability.metrics import LATENCY, REQUESTS
from backend.core.security.access import public, user
from backend.core.web.request_context import HSTS, SECURITY_HEADERS
from backend.core.web.route import Route
from tests.framework.tables import table
from tests.unit.core.support import PRODUCTION, anybody, app_fixture, bearer


def fine() -> None: ...


def broken() -> None:
    raise RuntimeError


def mine() -> None: ...


ROUTES = [
    Route("GET", "/api/probe/fine", fine, public),
    Route("GET", "/api/probe/broken", broken, public),
    Route("GET", "/api/probe/mine", mine, user),
]
ANSWERS = {
    "200": ("GET", "/api/probe/fine", 200),
    "204-like preflight": ("OPTIONS", "/api/probe/fine", 200),
    "HEAD": ("HEAD", "/api/probe/fine", 200),
    "401": ("GET", "/api/probe/mine", 401),
    "404": ("GET", "/nowhere", 404),
    "405": ("PATCH", "/api/probe/fine", 405),
    "500": ("GET", "/api/probe/broken", 500),
}


app = app_fixture(ROUTES, loader=anybody)


class TestHeaders:
    @table("method, path, status", ANSWERS)
    def test_every_answer_carries_them_and_asks_for_https_only_in_production(self, client, method, path, status):
        answer = client.open(path, method=method)

        assert answer.status_code == status
        assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS
        assert answer.headers["X-Request-ID"]
        assert "Strict-Transport-Security" not in answer.headers

    def test_in_production_https_is_asked_for_a_year(self, build):
        client = build(**PRODUCTION).test_client()

        for path in ("/health/live", "/nowhere"):
            answer = client.get(path)
            assert {name: answer.headers.get(name) for name in HSTS} == HSTS
        assert int(re.search(r"max-age=(\d+)", HSTS["Strict-Transport-Security"]).group(1)) >= 31_536_000

    def test_an_answer_may_have_a_policy_of_its_own(self, client):
        assert "script-src 'self'" in client.get("/docs").headers["Content-Security-Policy"]


class TestRequestId:
    @table("sent", ["abcdefgh", "A-z_0.9-" * 8, "4f1c2a3b-0000-4000-8000-000000000000"])
    def test_a_valid_one_is_taken_over(self, client, sent):
        assert client.get("/nowhere", headers={"X-Request-ID": sent}).headers["X-Request-ID"] == sent

    @table(
        "sent",
        ["", "short", "x" * 65, "with space", "forged\tline", 'quote"quote', "smile😀smile".encode().decode("latin-1")],
    )
    def test_another_is_replaced(self, client, sent):
        answered = client.get("/nowhere", headers={"X-Request-ID": sent}).headers["X-Request-ID"]

        assert re.fullmatch(r"[0-9a-f]{32}", answered)

    def test_each_request_has_one_of_its_own(self, client):
        ids = {client.get("/nowhere").headers["X-Request-ID"] for _ in range(10)}

        assert len(ids) == 10


def request_lines(events: list[dict]) -> list[dict]:
    return [event for event in events if event["event"] == "request"]


class TestLogLine:
    @pytest.mark.parametrize(
        ("method", "path", "route", "status"),
        [
            ("GET", "/api/probe/fine?x=1", "/api/probe/fine", 200),
            ("GET", "/nowhere", "none", 404),
            ("GET", "/api/probe/broken", "/api/probe/broken", 500),
        ],
    )
    def test_one_line_tells_what_happened(self, client, events, method, path, route, status):
        client.open(path, method=method)

        (line,) = request_lines(events)
        assert line.pop("ms") >= 0
        assert line == {
            "event": "request",
            "log_level": "info",
            "method": method,
            "path": path.partition("?")[0],
            "route": route,
            "status": status,
            "user_id": None,
            "ip": "127.0.0.1",
        }

    def test_it_names_the_user(self, app, client, events):
        client.get("/api/probe/mine", headers=bearer(app, 5))

        assert request_lines(events)[0]["user_id"] == 5

    @pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready"])
    def test_health_is_quiet_while_all_is_well(self, client, events, path):
        client.get(path)

        assert [line["log_level"] for line in request_lines(events)] == ["debug"]

    def test_refused_metrics_are_not_quiet(self, client, events):
        client.get("/metrics")

        assert [(line["log_level"], line["status"]) for line in request_lines(events)] == [("info", 401)]

    def test_the_time_taken_is_counted_by_route_not_by_path(self, client):
        labels = ("GET", "/api/probe/fine", "200")
        requests, seconds = REQUESTS.labels(*labels)._value, LATENCY.labels("/api/probe/fine")._sum
        before = requests.get(), seconds.get()

        client.get("/api/probe/fine?x=1")

        assert requests.get() == before[0] + 1
        assert seconds.get() > before[1]
