"""How a case goes: what comes after what, and how long is waited for a fault that does not come."""

import threading

import pytest

from faultlab.cases import flow
from tests.unit.world import LOST, REFUSED


@pytest.fixture
def trial(world):
    made = world.trial()
    del world.journal[:]
    return made


def through(world, trial, count=1, seconds=None):
    targets = trial.prepare(count)
    return flow.through(trial, targets, lambda: world.note("arm"), lambda: world.note("mend"), seconds)


@pytest.mark.parametrize(("first", "ok"), [([], True), ([REFUSED], False), ([LOST], False)])
def test_a_case_needs_a_ground_to_stand_on(world, trial, first, ok):
    world.answers += first

    flow.steady(trial, *trial.prepare(1))

    (step,) = trial.notes.steps
    assert (step.expected, step.ok) == ("ok", ok)
    assert [one.phase for one in trial.notes.requests] == ["steady"]


def test_the_fault_is_armed_before_and_healed_after_the_requests(world, trial):
    world.on_send = lambda outgoing: world.note("sent")

    answers = through(world, trial, count=3)

    assert world.journal == ["arm", "sent", "sent", "sent", "mend", "heal"]
    assert [(one.phase, one.outcome) for one in answers] == [("fault", "ok")] * 3


def test_a_fault_that_lasts_is_healed_while_requests_still_wait(world, trial):
    healed = threading.Event()
    real = world.proxy.heal

    def heal():
        real()
        healed.set()

    def wait(outgoing):
        world.proxy.set_off("kill", "m3")
        assert healed.wait(10)
        world.note("answered")

    world.proxy.heal, world.on_send = heal, wait

    (answer,) = through(world, trial, seconds=2.5)

    assert world.journal == ["arm", "mend", "heal", "answered"]
    assert 2.5 in world.time.slept
    assert answer.outcome == "ok"


def test_time_runs_from_the_fault_on(world, trial):
    world.on_send = lambda outgoing: world.proxy.set_off("kill", "m3")

    through(world, trial, seconds=2.5)

    assert world.time.slept[-1] == 2.5
    (outage,) = trial.notes.outages
    assert outage.ended - outage.began == pytest.approx(2.5, abs=0.5)


def test_a_fault_is_waited_for_as_long_as_somebody_could_set_it_off(world, trial):
    polls = []

    def done():
        polls.append(1)
        return len(polls) == 3

    flow.wait_fired(trial, done)
    assert len(polls) == 3

    world.proxy.set_off("kill", "m3")
    flow.wait_fired(trial, done)
    assert len(polls) == 3


def test_a_fault_that_does_not_come_is_given_up(world, trial):
    flow.wait_fired(trial, lambda: False)

    assert flow.FIRES <= trial.clock.now() < flow.FIRES + 0.1


def test_afterwards_books_are_read_before_and_after_everything_uncertain_is_sent_again(world, trial):
    lost, last = trial.prepare(2)
    world.answers.append(LOST)
    trial.send(lost, "fault")

    flow.aftermath(trial, last)

    assert [one.phase for one in trial.notes.requests] == ["fault", "recovery", "settle"]
    healed, settled = trial.notes.books
    assert [(one.when, len(one.operations)) for one in (healed, settled)] == [("healed", 1), ("settled", 2)]
