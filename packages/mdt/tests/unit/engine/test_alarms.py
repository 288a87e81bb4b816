"""Alarms ring when the session's clock reaches them, each at its own time."""

from datetime import UTC, datetime, timedelta

import pytest

from mdt.engine.alarms import Alarms, TooManyAlarmsError
from mdt.engine.clock import Clock
from mdt.engine.session import Session
from mdt.engine.session_registry import SessionRegistry

BEGIN = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def clock() -> Clock:
    found = Clock()
    found.freeze(BEGIN)
    return found


def test_they_ring_in_order_at_their_own_time(clock: Clock) -> None:
    heard: list[tuple[str, datetime]] = []
    for name, minutes in (("late", 10), ("early", 5), ("beyond", 20)):
        clock.alarms.set(BEGIN + timedelta(minutes=minutes), lambda name=name: heard.append((name, clock.now())), {})

    clock.advance(minutes=15)

    assert heard == [("early", BEGIN + timedelta(minutes=5)), ("late", BEGIN + timedelta(minutes=10))]
    assert clock.now() == BEGIN + timedelta(minutes=15)
    assert len(clock.alarms) == 1


def test_one_that_an_alarm_sets_rings_on_the_way(clock: Clock) -> None:
    heard: list[datetime] = []

    def again() -> None:
        heard.append(clock.now())
        clock.alarms.set(clock.now() + timedelta(minutes=4), again, {})

    clock.alarms.set(BEGIN, again, {})
    clock.advance(minutes=10)

    assert [(one - BEGIN).seconds for one in heard] == [0, 240, 480]


def test_a_running_clock_rings_what_is_due() -> None:
    clock, heard = Clock(), []
    clock.alarms.set(clock.now(), lambda: heard.append(1), {})
    clock.alarms.set(clock.now() + timedelta(hours=1), lambda: heard.append(2), {})

    assert (clock.ring_due(), clock.ring_due(), heard) == (1, 0, [1])


def test_a_closed_session_rings_no_more() -> None:
    registry, heard = SessionRegistry(), []
    for close in (lambda: registry.close("a"), lambda: registry.open("a")):
        session = registry.open("a")
        session.clock.alarms.set(session.clock.now(), lambda: heard.append(1), {})
        close()
        session.clock.ring_due()

    assert heard == []


def test_there_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mdt.engine.alarms.MOST", 2)
    alarms = Alarms()
    alarms.set(BEGIN, list, {})
    alarms.set(BEGIN, list, {})

    with pytest.raises(TooManyAlarmsError):
        alarms.set(BEGIN, list, {})


def test_reset_forgets_them() -> None:
    session = Session("a")
    session.clock.alarms.set(session.clock.now(), list, {})

    session.reset()

    assert session.clock.alarms.pending() == []
