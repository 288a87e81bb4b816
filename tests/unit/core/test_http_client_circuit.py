"""The circuit: opens after so many failures in a row, lets one probe through in every pause, closes after a success."""

import threading
from contextlib import suppress

import pytest

from backend.core.http import body
from backend.core.http.circuit import Circuit
from backend.core.http.errors import NotCalledError, RemoteError
from tests.unit.core.http_support import LIMIT, NEVER_SENT, OK, PAUSE, status


def fail(stock, times):
    for _ in range(times):
        with suppress(RemoteError):
            stock.call("POST")


def refused(call):
    with pytest.raises(NotCalledError) as caught:
        call()
    return caught.value


@pytest.fixture
def opened(stock):
    """A service that has failed so often that nobody asks it; its next answers are good."""
    stock.answers(*[status(500)] * LIMIT, OK)
    fail(stock, LIMIT)
    return stock


class TestOpening:
    def test_after_the_last_failure_nobody_is_asked(self, opened, events):
        error = refused(opened.call)

        assert len(opened.requests) == LIMIT
        assert error.headers["Retry-After"] == str(int(PAUSE))
        assert not error.maybe_done

    def test_before_it_the_service_is_asked(self, stock):
        stock.answers(*[status(500)] * (LIMIT - 1), OK)
        fail(stock, LIMIT - 1)

        assert stock.call().status == 200

    def test_is_an_error_in_the_log_once(self, stock, events):
        stock.answers(status(500))

        fail(stock, LIMIT + 2)

        assert [e["log_level"] for e in events if e["event"] == "service.circuit_opened"] == ["error"]

    def test_success_in_between_begins_anew(self, stock):
        stock.answers(*[status(500)] * (LIMIT - 1), OK, *[status(500)] * (LIMIT - 1), OK)

        fail(stock, 2 * LIMIT - 1)

        assert stock.call().status == 200

    @pytest.mark.parametrize("reply", [status(400), status(404), status(429), {"content": b"x" * (body.MAX_BYTES + 1)}])
    def test_service_that_refuses_is_not_down(self, stock, reply):
        stock.answers(reply)

        fail(stock, LIMIT + 1)

        assert len(stock.requests) == LIMIT + 1

    @pytest.mark.parametrize(
        "reply", [status(500), status(503), {"exc": OSError()}, {"exc": NEVER_SENT["connection refused"]}]
    )
    def test_service_that_fails_is(self, stock, reply):
        stock.answers(reply)

        fail(stock, LIMIT + 1)

        assert len(stock.requests) == LIMIT

    def test_tries_count_and_the_one_that_opens_it_is_the_last(self, stock, fake_time):
        stock.answers(status(503))
        fail(stock, LIMIT - 1)

        with pytest.raises(RemoteError) as caught:
            stock.call("GET")

        assert len(stock.requests) == LIMIT
        assert fake_time.slept == []
        assert caught.value.maybe_done


class TestProbe:
    def test_is_let_through_after_the_pause_and_closes_it(self, opened, fake_time):
        fake_time.now += PAUSE

        assert [opened.call().status for _ in range(3)] == [200] * 3

    def test_is_not_let_through_before(self, opened, fake_time):
        fake_time.now += PAUSE - 0.01

        refused(opened.call)

    def test_that_fails_opens_it_for_another_pause(self, stock, fake_time):
        stock.answers(*[status(500)] * (LIMIT + 1), OK)
        fail(stock, LIMIT)
        fake_time.now += PAUSE
        fail(stock, 1)
        fake_time.now += PAUSE - 0.01

        refused(stock.call)

        fake_time.now += 0.01
        assert stock.call().status == 200

    def test_is_one(self, fake_time):
        circuit = Circuit(1, PAUSE)
        circuit.record(failed=True)
        fake_time.now += PAUSE
        circuit.enter()

        assert refused(circuit.enter).pause == PAUSE

    def test_of_many_threads_one_goes(self, fake_time):
        circuit, passed = Circuit(1, PAUSE), []
        circuit.record(failed=True)
        fake_time.now += PAUSE

        def enter():
            with suppress(NotCalledError):
                circuit.enter()
                passed.append(1)

        threads = [threading.Thread(target=enter) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert passed == [1]

    def test_that_never_came_back_is_followed_by_another(self, fake_time):
        circuit = Circuit(1, PAUSE)
        circuit.record(failed=True)
        for _ in range(3):
            fake_time.now += PAUSE
            circuit.enter()


class TestSessions:
    """Sessions of the mock server: what one test breaks is not broken for the others, nor for those without a session."""

    @pytest.fixture
    def within(self, app):
        def act(headers, call):
            with app.test_request_context(headers=headers):
                return call()

        return act

    def test_have_circuits_of_their_own(self, stock, within):
        stock.answers(*[status(500)] * LIMIT, OK)
        within({"X-Mdt-Session": "s-1"}, lambda: fail(stock, LIMIT))

        within({"X-Mdt-Session": "s-1"}, lambda: refused(stock.call))

        assert within({"X-Mdt-Session": "s-2"}, stock.call).status == 200
        assert within({"baggage": "mdt.session=s-1"}, stock.call).status == 200
        assert stock.call().status == 200

    def test_may_be_named_by_baggage(self, stock, within):
        stock.answers(*[status(500)] * LIMIT, OK)
        within({"baggage": "mdt.session=s-1"}, lambda: fail(stock, LIMIT))

        within({"baggage": "mdt.session=s-1, user=7"}, lambda: refused(stock.call))

        assert within({"baggage": "mdt.session=s-2"}, stock.call).status == 200


def test_forgotten_circuits_are_closed(opened):
    opened.client.circuits.clear()

    assert opened.call().status == 200
