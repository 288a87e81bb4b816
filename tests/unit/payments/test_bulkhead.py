"""Who may wait: at most half of the threads, and never the last free one."""

from types import SimpleNamespace

import pytest

from backend.core.db import db
from backend.modules.payments import bulkhead, patience
from backend.modules.payments.bulkhead import Bulkhead


@pytest.mark.parametrize(
    ("threads", "waiting", "busy", "free"),
    [
        (8, 0, 0, True),
        (8, 3, 0, True),
        (8, 4, 0, False),
        (8, 0, 6, True),
        (8, 0, 7, False),
        (8, 1, 6, False),
        (8, 3, 3, True),
        (8, 3, 4, False),
        (2, 0, 0, True),
        (2, 0, 1, False),
        (2, 1, 0, False),
    ],
)
def test_place(threads, waiting, busy, free):
    made = Bulkhead(threads)
    made.waiting = waiting

    with made.place(busy) as found:
        assert found is free
        assert made.waiting == waiting + free
    assert made.waiting == waiting


def test_place_is_given_back_after_an_error():
    made = Bulkhead(8)

    with pytest.raises(ZeroDivisionError), made.place(0):
        raise ZeroDivisionError

    assert made.waiting == 0


class TestPassage:
    @pytest.fixture
    def now(self, monkeypatch):
        now = [1000.0]
        monkeypatch.setattr(bulkhead.clock, "monotonic", lambda: now[0])
        return now

    @pytest.mark.parametrize(("held_up", "free"), [(0, True), (3, True), (4, False), (8, False)])
    def test_no_further_one_begins_while_many_are_held_up(self, now, held_up, free):
        made = Bulkhead(8)
        made.running = dict.fromkeys(range(held_up), now[0] - 0.26)

        with made.passage() as found:
            assert found is free
            assert len(made.running) == held_up + free
        assert len(made.running) == held_up

    def test_many_quick_ones_are_no_congestion(self, now):
        made = Bulkhead(8)
        made.running = dict.fromkeys(range(8), now[0] - 0.24)

        with made.passage() as found:
            assert found

    def test_is_over_after_an_error(self):
        made = Bulkhead(2)

        with pytest.raises(ZeroDivisionError), made.passage():
            raise ZeroDivisionError

        assert made.running == {}

    def test_payment_that_may_not_begin_is_refused(self, app, pay, monkeypatch, counts):
        monkeypatch.setattr(app.extensions[bulkhead.EXTENSION], "running", dict.fromkeys(range(4), 0.0))

        response = pay()

        assert (response.status_code, response.json["data"]) == (503, {"outcome": "not_saved"})
        assert counts() == [0] * 6


def test_application_has_one_of_its_threads(app, settings, session):
    assert bulkhead.current() is app.extensions[bulkhead.EXTENSION]
    assert bulkhead.current()._threads == settings.server_threads


@pytest.mark.parametrize(("pool", "count"), [(SimpleNamespace(checkedout=lambda: 3), 3), (SimpleNamespace(), 0)])
def test_connections_in_use(session, monkeypatch, pool, count):
    monkeypatch.setattr(
        type(db.session()), "get_bind", lambda *_, **__: SimpleNamespace(engine=SimpleNamespace(pool=pool))
    )

    assert bulkhead.connections_in_use() == count


def test_outside_of_a_request_each_call_has_a_budget_of_its_own(session):
    assert patience.current() is not patience.current()
