"""How a case goes: what comes after what, and how long is waited for a fault that does not come."""

import threading

import pytest

from faultlab.cases import flow
from faultlab.proxy import At, How
from tests.unit.world import LOST, REFUSED


@pytest.fixture
def case_run(world):
    made = world.case_run()
    del world.journal[:]
    return made


def through(world, case_run, count=1, seconds=None):
    targets = case_run.prepare(count)
    fault = case_run.fault(lambda: world.note("inject"), lambda: world.note("recover"), lambda: world.note("set up"))
    return flow.through(case_run, fault, targets, seconds)


def meet(rule, count):
    """So many connections come to the statement; what became of each."""
    ended = []

    def come():
        try:
            rule.then()
            ended.append("went on")
        except threading.BrokenBarrierError:
            ended.append("never met")

    threads = [threading.Thread(target=come) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ended


def test_connections_meet_at_a_statement():
    rule = flow.Meeting("INSERT", 3, seconds=10).rule()

    assert (rule.at, rule.how, rule.statement, rule.times) == (At.BEFORE, How.PASS, "INSERT", 3)
    assert meet(rule, 3) == ["went on"] * 3


def test_a_meeting_that_does_not_come_about_is_an_error_where_it_must():
    assert meet(flow.Meeting("INSERT", 3, seconds=0.05).rule(), 2) == ["never met"] * 2
    assert meet(flow.Meeting("INSERT", 3, seconds=0.05, must=False).rule(), 2) == ["went on"] * 2


@pytest.mark.parametrize(("overtaken", "order"), [(True, ["second", "first"]), (False, ["first"])])
def test_the_first_waits_for_whoever_overtakes_it(overtaken, order):
    hold, passed = flow.Overtaking("INSERT", seconds=5 if overtaken else 0.02).rules()
    ended = []

    first = threading.Thread(target=lambda: (hold.then(), ended.append("first")))
    first.start()
    if overtaken:
        ended.append("second")
        passed.then()
    first.join()

    assert ended == order
    assert (hold.at, hold.times, passed.at, passed.after_write) == (At.BEFORE, 1, At.AFTER, "INSERT")


def test_a_meeting_harms_nothing(world, case_run):
    world.proxy.set_off("meet", "m2")

    case_run.heal()

    assert (case_run.notes.outages, case_run.notes.healed is None) == ([], False)


@pytest.mark.parametrize(("first", "ok"), [([], True), ([REFUSED], False), ([LOST], False)])
def test_a_case_needs_a_ground_to_stand_on(world, case_run, first, ok):
    world.answers += first

    flow.steady(case_run, *case_run.prepare(1))

    (step,) = case_run.notes.steps
    assert (step.expected, step.ok) == ("ok", ok)
    assert [one.phase for one in case_run.notes.requests] == ["steady"]


def test_the_fault_is_armed_before_and_healed_after_the_requests(world, case_run):
    world.on_send = lambda outgoing: world.note("sent")

    answers = through(world, case_run, count=3)

    assert world.journal == ["set up", "inject", "sent", "sent", "sent", "recover", "heal"]
    assert [(one.phase, one.outcome) for one in answers] == [("fault", "ok")] * 3


def test_a_fault_that_lasts_is_healed_while_requests_still_wait(world, case_run):
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

    (answer,) = through(world, case_run, seconds=2.5)

    assert world.journal == ["set up", "inject", "recover", "heal", "answered"]
    assert 2.5 in world.time.slept
    assert answer.outcome == "ok"


def test_time_runs_from_the_fault_on(world, case_run):
    world.on_send = lambda outgoing: world.proxy.set_off("kill", "m3")

    through(world, case_run, seconds=2.5)

    assert world.time.slept[-1] == 2.5
    (outage,) = case_run.notes.outages
    assert outage.ended - outage.began == pytest.approx(2.5, abs=0.5)


def test_afterwards_books_are_read_before_and_after_everything_uncertain_is_sent_again(world, case_run):
    lost, last = case_run.prepare(2)
    world.answers.append(LOST)
    case_run.send(lost, "fault")

    flow.aftermath(case_run, last)

    assert [one.phase for one in case_run.notes.requests] == ["fault", "recovery", "settle"]
    healed, settled = case_run.notes.books
    assert [(one.when, len(one.operations)) for one in (healed, settled)] == [("healed", 1), ("settled", 2)]
