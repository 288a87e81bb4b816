"""The circuit: opens after so many failures in a row, lets one probe through in every pause, closes after a success."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial

import pytest

from backend.core.http import body
from backend.core.http.circuit import Circuit
from backend.core.http.errors import NotCalledError, RemoteError
from tests.unit.core.http_support import LIMIT, NEVER_SENT, OK, PAUSE, failing, status


def fail(stock, times):
    for _ in range(times):
        with suppress(RemoteError):
            stock.call("POST")


refused = partial(failing, kind=NotCalledError)


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

    @pytest.mark.parametrize(
        ("reply", "asked"),
        [
            (status(400), LIMIT + 1),
            (status(404), LIMIT + 1),
            (status(429), LIMIT + 1),
            ({"content": b"x" * (body.MAX_BYTES + 1)}, LIMIT + 1),
            (status(500), LIMIT),
            (status(503), LIMIT),
            ({"exc": OSError()}, LIMIT),
            ({"exc": NEVER_SENT["connection refused"]}, LIMIT),
        ],
    )
    def test_service_that_refuses_is_not_down_and_one_that_fails_is(self, stock, reply, asked):
        stock.answers(reply)

        fail(stock, LIMIT + 1)

        assert len(stock.requests) == asked

    def test_tries_count_and_the_one_that_opens_it_is_the_last(self, stock, fake_time):
        stock.answers(status(503))
        fail(stock, LIMIT - 1)

        with pytest.raises(RemoteError) as caught:
            stock.call("GET")

        assert len(stock.requests) == LIMIT
        assert fake_time.slept == []
        assert caught.value.maybe_done


class TestProbe:
    def test_is_let_through_after_the_pause_not_before_and_closes_it(self, opened, fake_time):
        fake_time.now += PAUSE - 0.01
        refused(opened.call)

        fake_time.now += 0.01

        assert [opened.call().status for _ in range(3)] == [200] * 3

    def test_that_fails_opens_it_for_another_pause(self, stock, fake_time):
        stock.answers(*[status(500)] * (LIMIT + 1), OK)
        fail(stock, LIMIT)
        fake_time.now += PAUSE
        fail(stock, 1)
        fake_time.now += PAUSE - 0.01

        refused(stock.call)

        fake_time.now += 0.01
        assert stock.call().status == 200

    @pytest.fixture
    def circuit(self, fake_time):
        """One that opened, a pause ago."""
        circuit = Circuit(1, PAUSE)
        circuit.record(failed=True)
        fake_time.now += PAUSE
        return circuit

    def test_is_one(self, circuit):
        circuit.enter()

        assert refused(circuit.enter).pause == PAUSE

    def test_of_many_threads_one_goes(self, circuit):
        with ThreadPoolExecutor(16) as threads:
            errors = [threads.submit(circuit.enter).exception() for _ in range(16)]

        assert [type(error) for error in errors if error] == [NotCalledError] * 15

    def test_that_never_came_back_is_followed_by_another(self, circuit, fake_time):
        circuit.enter()
        for _ in range(2):
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

    @pytest.mark.parametrize(
        ("broken", "same", "others"),
        [
            (
                {"X-Mdt-Session": "s-1"},
                {"X-Mdt-Session": "s-1"},
                [{"X-Mdt-Session": "s-2"}, {"baggage": "mdt.session=s-1"}],
            ),
            (
                {"baggage": "mdt.session=s-1"},
                {"baggage": "mdt.session=s-1, user=7"},
                [{"baggage": "mdt.session=s-2"}],
            ),
        ],
    )
    def test_have_circuits_of_their_own_by_header_or_baggage(self, stock, within, broken, same, others):
        stock.answers(*[status(500)] * LIMIT, OK)
        within(broken, lambda: fail(stock, LIMIT))

        within(same, lambda: refused(stock.call))

        assert [within(headers, stock.call).status for headers in others] == [200] * len(others)
        assert stock.call().status == 200


def test_forgotten_circuits_are_closed(opened):
    opened.client.circuits.clear()

    assert opened.call().status == 200
