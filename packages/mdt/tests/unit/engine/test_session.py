"""Sessions: what reset brings back, and how the registry forgets."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from mdt.engine.choice import Choice
from mdt.engine.clock import Clock
from mdt.engine.journal import Entry
from mdt.engine.session import Session
from mdt.engine.session_registry import SessionRegistry
from mdt.errors import MdtError
from tests.unit.folders import asking

NEW_YEAR = datetime(2030, 1, 1, tzinfo=UTC)


class Time:
    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_a_clock_is_aware_and_near_real_time():
    now = Clock().now()

    assert now.tzinfo is UTC
    assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)


def test_a_clock_moves_on():
    clock = Clock()
    before = clock.now()

    clock.advance(minutes=15, seconds=1)
    clock.advance(hours=1)

    assert timedelta() <= clock.now() - before - timedelta(hours=1, minutes=15, seconds=1) < timedelta(minutes=1)


def test_a_frozen_clock_stands_and_can_still_be_moved():
    clock = Clock()
    clock.freeze(NEW_YEAR)

    clock.advance(days=1)

    assert clock.now() == clock.now() == NEW_YEAR + timedelta(days=1)


def test_freezing_without_a_moment_keeps_the_moved_time():
    clock = Clock()
    clock.advance(days=10)
    clock.freeze()

    assert clock.now() == clock.now()
    assert clock.now() - datetime.now(UTC) > timedelta(days=9)


def test_a_moment_without_zone_is_utc_and_others_are_converted():
    clock = Clock()
    clock.freeze(NEW_YEAR.replace(tzinfo=None))
    assert clock.now() == NEW_YEAR

    clock.freeze(NEW_YEAR.astimezone())
    assert clock.now().tzinfo is UTC


def test_an_unfrozen_clock_runs_on_from_where_it_stood():
    clock = Clock()
    clock.freeze(NEW_YEAR)
    clock.unfreeze()
    time.sleep(0.002)

    assert timedelta() < clock.now() - NEW_YEAR < timedelta(minutes=1)


def test_unfreezing_a_running_clock_changes_nothing():
    clock = Clock()
    clock.advance(days=5)
    clock.unfreeze()

    assert clock.now() - datetime.now(UTC) > timedelta(days=4)


def test_reset_brings_everything_back_but_the_choice():
    choice = Choice({"shop": ("ok",)})
    session = Session("a", choice)
    first = session.random.random()
    session.state["shop"] = 1
    session.calls["x"] = session.steps["x"] = 3
    session.clock.freeze(NEW_YEAR)
    session.journal.append(Entry(1, NEW_YEAR, None, None, None, asking("GET http://a/"), None))

    session.reset()

    assert session.choice is choice
    assert session.random.random() == first
    assert (session.state, session.calls, session.steps) == ({}, {}, {})
    assert session.journal.entries() == []
    assert session.clock.now() != NEW_YEAR


def test_the_seed_is_the_id_unless_another_is_given():
    assert Session("a").random.random() == Session("a").random.random() == Session("b", seed="a").random.random()
    assert Session("a").random.random() != Session("b").random.random()
    assert Session("a", seed=0).random.random() == Session("b", seed=0).random.random()


def test_another_choice_restarts_sequences_and_keeps_the_rest():
    session = Session("a")
    session.steps["x"], session.calls["x"], session.state["s"] = 1, 1, 1

    session.choice = Choice({"shop": ("ok",)})

    assert (session.steps, session.calls, session.state) == ({}, {"x": 1}, {"s": 1})


def test_the_registry_gives_what_was_opened():
    registry = SessionRegistry()
    session = registry.open("a", Choice({"shop": ("ok",)}), seed=1)

    assert registry.get("a") is session
    assert (session.seed, session.choice.labels()) == (1, ("shop.ok",))
    assert registry.ids() == ["a"]


def test_opening_again_begins_anew():
    registry = SessionRegistry(limit=1)
    first = registry.open("a")

    assert registry.open("a") is not first


@pytest.mark.parametrize("id_", ["a", ""])
def test_what_is_not_open_is_a_key_error(id_):
    with pytest.raises(KeyError):
        SessionRegistry().get(id_)


def test_a_closed_session_is_gone_and_closing_twice_is_no_error():
    registry = SessionRegistry()
    registry.open("a")
    registry.close("a")
    registry.close("a")

    with pytest.raises(KeyError):
        registry.get("a")
    assert registry.ids() == []


def test_an_unused_session_goes_after_its_time():
    seconds = Time()
    registry = SessionRegistry(ttl=10, now=seconds)
    registry.open("used")
    registry.open("unused")
    seconds.seconds += 9
    registry.get("used")
    seconds.seconds += 9

    registry.open("new")

    assert registry.ids() == ["used", "new"]


def test_looking_at_a_session_does_not_prolong_it():
    seconds = Time()
    registry = SessionRegistry(ttl=10, now=seconds)
    session = registry.open("a")
    seconds.seconds += 9
    assert registry.peek("a") is session
    seconds.seconds += 1

    with pytest.raises(KeyError):
        registry.peek("a")
    assert registry.ids() == []


def test_an_overlay_shares_all_but_its_choice():
    session = Session("a", Choice({"shop": ("ok", "full"), "user": ("ok",)}))
    session.steps.update({"shop GET /a choice": 1, "user GET /b choice": 2})

    view = session.overlay(Choice({"shop": ("full",)}))

    assert view.id == "a"
    assert view.journal is session.journal
    assert view.state is session.state
    assert view.clock is session.clock
    assert view.random is session.random
    assert view.lock is session.lock
    assert view.calls is session.calls
    assert view.choice.names == {"shop": ("full",), "user": ("ok",)}
    assert view.steps == {"user GET /b choice": 2}
    assert session.choice.names["shop"] == ("ok", "full")


def test_the_end_of_an_overlay_keeps_the_steps_of_the_others():
    session = Session("a")
    session.steps["shop GET /a choice"] = 1
    choice = Choice({"shop": ("ok",)}, frozenset({"stock"}))
    view = session.overlay(choice)
    view.steps.update({"shop GET /a choice": 7, "stock POST /x choice": 7, "user GET /b choice": 3})

    session.end_overlay(view, choice)

    assert session.steps == {"shop GET /a choice": 1, "user GET /b choice": 3}


def test_a_session_whose_time_is_over_is_not_given_out():
    seconds = Time()
    registry = SessionRegistry(ttl=10, now=seconds)
    registry.open("a")
    seconds.seconds += 10

    with pytest.raises(KeyError):
        registry.get("a")
    assert registry.ids() == []


def test_the_limit_is_told_and_old_sessions_make_room():
    seconds = Time()
    registry = SessionRegistry(ttl=10, limit=2, now=seconds)
    registry.open("a")
    registry.open("b")

    with pytest.raises(MdtError, match="2 sessions are open already"):
        registry.open("c")
    seconds.seconds += 10
    assert registry.open("c")


def test_threads_share_a_clock():
    clock = Clock()
    clock.freeze(NEW_YEAR)
    threads = [threading.Thread(target=lambda: [clock.advance(seconds=1) for _ in range(500)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert clock.now() == NEW_YEAR + timedelta(seconds=2000)
