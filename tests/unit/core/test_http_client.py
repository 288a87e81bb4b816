"""Calls to services: what is sent, what comes back, which answers are none, and what the client of ours reads."""

import threading
from contextlib import suppress

import pytest

from backend.core.http import body, registry
from backend.core.http.client import HttpClient
from backend.core.http.errors import (
    BadAnswerError,
    NoAnswerError,
    NotCalledError,
    NotConfiguredError,
    RemoteError,
    StatusError,
)
from backend.core.inbound import Inbound
from backend.core.security.access import public
from backend.core.settings import Settings
from backend.core.web.route import Route
from tests.framework.tables import table
from tests.unit.core.http_support import BASE, BROKEN_BODIES, OK, Stock, StockSettings, breaking_body, failing, status


class Thing(Inbound):
    id: int


class TestCall:
    def test_sends_what_it_was_given(self, stock):
        stock.answers(OK)

        stock.call("POST", "/things/{id}/parts", json={"a": 1}, id="x 1")

        (sent,) = stock.requests
        assert (sent.method, sent.url, sent.json()) == ("POST", f"{BASE}/things/x%201/parts", {"a": 1})
        assert sent.headers["Accept"] == "application/json"
        assert "Idempotency-Key" not in sent.headers

    def test_gives_the_status_and_the_body_as_a_model(self, stock):
        stock.answers(status(201) | OK)

        reply = stock.call(expected=(200, 201))

        assert reply.status == 201
        assert reply.read(Thing) == Thing(id=1)

    def test_slash_at_the_end_of_the_address_counts_for_nothing(self, settings, fake_time):
        slashed = Stock(settings)
        slashed.client._settings = settings.model_copy(update={"stock_url": f"{BASE}/"})
        slashed.answers(OK)

        slashed.call()

        assert slashed.requests[0].url == f"{BASE}/things"

    @pytest.mark.parametrize("value", ["a/b", "a?b", "a#b", "../x", "a;b", "a%2Fb", "ü"])
    def test_value_in_the_path_stays_one_segment(self, stock, value):
        stock.answers(OK)

        stock.call("GET", "/things/{id}", id=value)

        assert stock.requests[0].path.count("/") == f"{BASE}/x".removeprefix("http://stock.internal").count("/") + 1
        assert stock.requests[0].query == ""

    @table("value", ["", ".", ".."])
    def test_value_that_would_be_another_path_is_refused(self, stock, value):
        with pytest.raises(ValueError, match="another path"):
            stock.call("GET", "/things/{id}", id=value)

        assert stock.requests == []

    @table("scheme", ["http", "https"])
    def test_there_is_a_connection_for_each_thread(self, scheme):
        settings = StockSettings(stock_url=BASE, server_threads=33)

        client = HttpClient("stock", "stock_url", settings, threading.BoundedSemaphore())

        assert client.session.get_adapter(f"{scheme}://stock.example")._pool_maxsize == 33

    def test_redirect_is_not_followed(self, stock):
        stock.answers(status(302, location="http://evil.example/"), OK)

        error = failing(stock.call, StatusError)

        assert error.http_status == 302
        assert len(stock.requests) == 1


class TestNoAddress:
    def test_is_503_that_says_so_and_names_the_setting_in_the_log(self, settings, events):
        stock = Stock(settings)
        stock.client._settings = settings.model_copy(update={"stock_url": ""})

        error = failing(stock.call, NotConfiguredError)

        assert error.status == 503
        assert "not connected" in error.msg
        assert not error.maybe_done
        assert stock.requests == []
        (line,) = events
        assert (line["event"], line["setting"]) == ("service.not_configured", "STOCK_URL")


class TestBadAnswers:
    @pytest.mark.parametrize("code", [201, 204, 301, 400, 401, 404, 409, 422, 500, 501])
    def test_unexpected_status_is_not_tried_again(self, stock, code):
        stock.answers(status(code), OK)

        error = failing(stock.call, StatusError)

        assert error.http_status == code
        assert len(stock.requests) == 1
        assert error.maybe_done is (code >= 500)

    @pytest.mark.parametrize(
        "raw", [b"", b"<html>", b"[]", b"null", b'{"id": "x"}', b"{}", b'{"id": 1', b"\xff", b"[" * 100_000]
    )
    def test_body_that_is_something_else_is_refused_and_not_logged(self, stock, events, raw):
        stock.answers({"content": raw})
        reply = stock.call()

        error = failing(lambda: reply.read(Thing), BadAnswerError)

        assert error.maybe_done
        (line,) = events
        assert (line["event"], line["log_level"], line["service"]) == ("service.unreadable", "error", "stock")
        assert "html" not in str(line)

    def test_largest_body_is_read_and_a_larger_one_refused_for_good(self, stock):
        stock.answers({"content": b"x" * body.MAX_BYTES}, {"content": b"x" * (body.MAX_BYTES + 1)}, OK)

        assert len(stock.call().body) == body.MAX_BYTES
        failing(stock.call, BadAnswerError)
        assert len(stock.requests) == 2

    @table("failure", BROKEN_BODIES)
    def test_failure_in_the_middle_of_the_body_is_no_answer(self, stock, failure):
        stock.answers({"body": breaking_body(failure)})

        assert failing(lambda: stock.call("POST"), NoAnswerError).maybe_done


class TestWhatTheClientReads:
    @table(
        "reply, wait",
        [
            (status(503, retry_after="7") | {"text": "insides"}, "7"),
            (status(503, retry_after="1.5"), "2"),
            (status(503, retry_after="1"), "1"),
            (status(503, retry_after="0"), "2"),
            (status(429, retry_after="99999"), "3600"),
            (status(500), "2"),
            ({"exc": OSError("insides")}, "2"),
        ],
    )
    def test_is_503_with_retry_after_and_nothing_of_the_insides(self, stock, build, reply, wait):
        def handler() -> None:
            """Ask the stock"""
            stock.call("POST")

        stock.answers(reply)
        stock.client.circuits.clear()

        response = build([Route("GET", "/probe", handler, public)]).test_client().get("/probe")

        assert response.status_code == 503
        assert response.headers["Retry-After"] == wait
        assert response.json == {"code": 0, "data": {}, "msg": RemoteError.msg}


class TestLog:
    def test_failed_call_is_told_without_the_address_the_values_and_the_bodies(self, stock, events):
        stock.answers({"status_code": 500, "text": "planted-answer"})

        failing(lambda: stock.call("POST", "/things/{id}", json={"a": "planted-body"}, id="planted-value"))

        (line,) = events
        assert (line["event"], line["log_level"]) == ("service.call_failed", "warning")
        assert (line["service"], line["path"], line["http_status"]) == ("stock", "/things/{id}", 500)
        assert (line["attempt"], line["error"], line["cause"]) == (1, "StatusError", None)
        assert line["maybe_done"] is True
        assert "planted" not in str(line)
        assert "stock.internal" not in str(line)

    def test_cause_is_told_by_its_class_and_a_good_call_is_not_worth_a_line(self, stock, events):
        stock.answers(OK, {"exc": OSError("planted")})

        stock.call()
        failing(lambda: stock.call("POST"))

        assert [line["cause"] for line in events] == ["OSError"]
        assert "planted" not in str(events)


class TestTooManyAtOnce:
    def test_is_refused_without_a_call(self, stock, events, monkeypatch):
        monkeypatch.setattr("backend.core.http.client.SLOT_SECONDS", 0)
        stock.answers(OK)
        while stock.slots.acquire(blocking=False):
            pass

        error = failing(stock.call, NotCalledError)

        assert stock.requests == []
        assert not error.maybe_done
        assert [line["event"] for line in events] == ["service.not_called"]

    @pytest.mark.parametrize("reply", [OK, status(500), {"exc": OSError()}], ids=["ok", "error", "reset"])
    def test_slot_is_given_back(self, stock, reply):
        stock.answers(reply)

        for _ in range(4):
            with suppress(RemoteError):
                stock.call("POST")

        assert len(stock.requests) == 4
        assert all(stock.slots.acquire(blocking=False) for _ in range(4))


def test_clients_of_the_application_are_shared(app):
    settings = StockSettings(stock_url=BASE, server_threads=10)
    registry.add(app, settings, "stock-of-this-test", "stock_url")
    try:
        with app.app_context():
            first = registry.client("stock-of-this-test")
            registry.add(app, settings, "stock-of-this-test", "stock_url")

            assert isinstance(first, HttpClient)
            assert registry.client("stock-of-this-test") is first is registry.clients(app)["stock-of-this-test"]
    finally:
        del registry.clients(app)["stock-of-this-test"]


@table("threads, waiting", [(10, 5), (3, 1), (2, 1)])
def test_half_of_the_threads_stay_free(threads, waiting):
    slots = registry.Registry(Settings(server_threads=threads, db_pool_size=1)).slots

    assert [slots.acquire(blocking=False) for _ in range(waiting + 1)] == [True] * waiting + [False]
