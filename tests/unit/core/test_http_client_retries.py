"""What is tried again, what never is, after which pause, and how long anybody waits."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.core import clock
from backend.core.deadline import Deadline
from backend.core.http import body, retries
from backend.core.http.client import LEAST
from backend.core.http.errors import NoAnswerError, NotCalledError, StatusError, UnreachableError
from backend.core.observability import metrics
from tests.framework.tables import table
from tests.unit.core.http_support import NEVER_SENT, OK, PERHAPS_SENT, SECONDS, DrippingBody, failing, status

REPEATABLE = {"GET": {}, "HEAD": {}, "PUT": {}, "DELETE": {}, "OPTIONS": {}, "POST": {"idempotency_key": "k-1"}}
ONCE = ["POST", "PATCH"]


def retried():
    return metrics.RETRIES.labels("stock")._value.get()


class TestNeverSent:
    @pytest.mark.parametrize("failure", NEVER_SENT.values(), ids=NEVER_SENT)
    @pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
    def test_is_tried_again_whatever_it_is(self, stock, failure, method):
        stock.answers({"exc": failure}, OK)
        before = retried()

        assert stock.call(method).status == 200

        assert len(stock.requests) == 2
        assert retried() == before + 1

    @table("failure", NEVER_SENT)
    def test_for_ever_is_given_up_and_surely_not_done(self, stock, failure):
        stock.answers({"exc": failure})

        before = len(stock.requests)

        error = failing(lambda: stock.call("POST"), UnreachableError)

        stock.client.circuits.clear()
        assert len(stock.requests) == before + retries.RETRIES.attempts
        assert not error.maybe_done


class TestPerhapsSent:
    @pytest.mark.parametrize("failure", PERHAPS_SENT.values(), ids=PERHAPS_SENT)
    @pytest.mark.parametrize("method", ONCE)
    def test_is_never_tried_again_where_it_could_be_done_twice(self, stock, fake_time, failure, method):
        stock.answers({"exc": failure}, OK)
        before = retried()

        error = failing(lambda: stock.call(method), NoAnswerError)

        assert len(stock.requests) == 1
        assert fake_time.slept == []
        assert error.maybe_done
        assert retried() == before

    @pytest.mark.parametrize("failure", PERHAPS_SENT.values(), ids=PERHAPS_SENT)
    @table("method, arguments", REPEATABLE.items())
    def test_is_tried_again_where_twice_is_once(self, stock, failure, method, arguments):
        stock.answers({"exc": failure}, OK)
        before = len(stock.requests)

        stock.call(method, **arguments)

        assert len(stock.requests) == before + 2

    def test_key_is_the_same_every_time(self, stock):
        stock.answers({"exc": OSError()}, OK)

        stock.call("POST", idempotency_key="k-1")

        assert [sent.headers["Idempotency-Key"] for sent in stock.requests] == ["k-1", "k-1"]

    def test_what_may_have_been_done_once_stays_so_however_the_last_try_ends(self, stock):
        stock.answers({"exc": OSError()}, {"exc": NEVER_SENT["connection refused"]})

        assert failing(lambda: stock.call("POST", idempotency_key="k-1"), UnreachableError).maybe_done


class TestStatuses:
    @pytest.mark.parametrize("code", [429, 502, 503, 504])
    def test_passing_ones_are_tried_again_where_that_is_safe_and_not_of_a_post(self, stock, code):
        stock.answers(status(code), status(code), OK, status(code), OK)

        assert stock.call("GET").status == 200
        assert failing(lambda: stock.call("POST"), StatusError).http_status == code
        assert len(stock.requests) == 3 + 1

    def test_expected_one_is_an_answer_and_not_tried_again(self, stock):
        stock.answers(status(503), OK)

        assert stock.call("GET", expected=(503,)).status == 503
        assert len(stock.requests) == 1


class TestPauses:
    def test_grow_and_differ(self, stock, fake_time, monkeypatch):
        monkeypatch.setattr("random.uniform", lambda low, high: (low, high) == (0.5, 1.5))
        stock.answers(status(503))

        failing(stock.call)

        assert fake_time.slept == [0.1, 0.2]

    def test_are_as_long_as_the_service_asks_for(self, stock, fake_time):
        stock.answers(status(503, retry_after="2"), OK)

        stock.call()

        assert fake_time.slept == [2]

    def test_longer_than_the_deadline_is_not_waited_for(self, stock, fake_time):
        stock.answers(status(503, retry_after=str(SECONDS)), OK)

        error = failing(stock.call)

        assert fake_time.slept == []
        assert error.headers["Retry-After"] == str(SECONDS)

    @table(
        "value, seconds",
        [
            (None, None),
            ("0", 0),
            ("120", 120),
            ("9" * 30, 999_999_999),
            ("-1", None),
            ("1.5", None),
            ("²", None),
            ("soon", None),
            ("", None),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 01 Jan 1970 00:00:00 -0000", 0),
            ("Thu, 99 Jan 1970 00:00:00 GMT", None),
        ],
    )
    def test_header_is_read(self, value, seconds):
        assert retries.retry_after(value) == seconds

    @table("zone", ["GMT", "-0000"])
    def test_date_in_the_header_is_seconds_from_now(self, monkeypatch, zone):
        monkeypatch.setattr(clock, "utcnow", lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
        moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC) + timedelta(seconds=30)

        assert retries.retry_after(moment.strftime(f"%a, %d %b %Y %H:%M:%S {zone}")) == 30


class TestDeadline:
    @table(
        "method, seconds, read_timeout",
        {
            "first of several tries: its share": ("GET", SECONDS, SECONDS / retries.RETRIES.attempts),
            "only try: all of it": ("POST", SECONDS, SECONDS),
            "short one: cuts the connect timeout too": ("POST", 0.5, 0.5),
        },
    )
    def test_is_shared_out_as_timeouts(self, stock, settings, method, seconds, read_timeout):
        stock.answers(OK)

        stock.call(method, seconds=seconds)

        assert stock.requests[-1].timeout == (min(settings.service_connect_timeout, seconds), read_timeout)

    def test_later_tries_have_only_what_is_left(self, stock, fake_time):
        def slow(request, context):
            fake_time.now += SECONDS - 1
            context.status_code = 503

        stock.answers({"text": slow}, OK)

        stock.call("GET")

        assert all(0 < part < 0.5 for part in stock.requests[1].timeout)

    @pytest.mark.parametrize(("spare", "calls"), [(0.5, 2), (-0.01, 1)])
    def test_nothing_is_tried_that_could_not_start_before_it(self, stock, fake_time, monkeypatch, spare, calls):
        monkeypatch.setattr("random.uniform", lambda low, high: 1)

        def slow(request, context):
            fake_time.now += SECONDS - (retries.RETRIES.first_pause + LEAST + spare)
            context.status_code = 503

        stock.answers({"text": slow}, OK | {"status_code": 500})

        failing(lambda: stock.call("GET"))

        assert len(stock.requests) == calls
        assert len(fake_time.slept) == calls - 1

    def test_when_it_is_over_nobody_is_asked(self, stock):
        stock.answers(OK)

        error = failing(lambda: stock.call(seconds=LEAST / 2), NotCalledError)

        assert stock.requests == []
        assert not error.maybe_done

    def test_body_that_drips_is_given_up(self, stock, fake_time):
        stock.answers({"body": DrippingBody(fake_time)})
        started = fake_time.now

        failing(lambda: stock.call("POST"), NoAnswerError)

        assert fake_time.now - started <= SECONDS + 1

    def test_each_part_of_the_body_may_take_what_is_left_and_no_longer(self, fake_time):
        class Slow:
            def __init__(self):
                self.connection = self.sock = self
                self.timeouts = []

            def settimeout(self, seconds):
                self.timeouts.append(seconds)

            def read1(self, *_, **__):
                fake_time.now += 2
                return b"x" if len(self.timeouts) < 3 else b""

        slow = Slow()

        assert body.read(slow, Deadline(10)) == b"xx"
        assert slow.timeouts == [10, 8, 6]
