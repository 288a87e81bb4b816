"""The life cycle of a fault: its steps in their order and no other, and clean-up from wherever it has come to."""

import threading
from itertools import product

import pytest
from testdb import NotOursError

from faultlab import fault_cycle
from faultlab.case_requests import RunInterruptedError
from faultlab.cases import flow
from faultlab.fault_cycle import STEPS, LifeCycleError, Stage
from faultlab.laboratory import Laboratory, RunRequest
from tests.unit.world import spec

ORDER = [*STEPS.values()]


@pytest.fixture
def case_run(world):
    made = world.case_run()
    del world.journal[:]
    return made


def fault(world, case_run):
    return case_run.fault(lambda: world.note("inject"), lambda: world.note("recover"), lambda: world.note("set up"))


def take(case_run, one, step):
    """One step of the life cycle, by its name."""
    if step == "wait_recovered":
        case_run.wait_recovered(*case_run.prepare(1))
    elif step == "wait_seen":
        one.wait_seen(lambda: True)
    else:
        getattr(one, step)()


def test_all_steps_in_their_order(world, case_run):
    one = fault(world, case_run)

    for step in ORDER[1:]:
        take(case_run, one, step)

    assert one.stage is Stage.RECOVERED
    assert world.journal == ["set up", "inject", "recover", "heal"]


@pytest.mark.parametrize(
    ("done", "step"), [pair for pair in product(range(5), ORDER) if ORDER.index(pair[1]) != pair[0] + 1]
)
def test_every_other_order_is_refused_and_does_nothing(world, case_run, done, step):
    one = fault(world, case_run)
    for before in ORDER[1 : 1 + done]:
        take(case_run, one, before)
    stage = one.stage
    del world.journal[:]

    with pytest.raises(LifeCycleError, match=rf"^{step}\(\) is called "):
        take(case_run, one, step)

    assert (one.stage, world.journal) == (stage, [])


def test_the_message_names_the_step_that_comes_first(world, case_run):
    with pytest.raises(LifeCycleError) as caught:
        fault(world, case_run).recover()

    assert str(caught.value) == "recover() is called too early: inject() comes first"


def test_neither_another_fault_nor_healing_passes_one_that_is_in_force(world, case_run):
    fault(world, case_run).inject()

    for way in (lambda: fault(world, case_run), case_run.heal):
        with pytest.raises(LifeCycleError, match=r"a fault is in force: its recover\(\) comes first"):
            way()


def test_a_fault_may_follow_one_that_was_recovered_from(world, case_run):
    for _ in range(2):
        one = fault(world, case_run)
        for step in ORDER[1:4]:
            take(case_run, one, step)

    assert world.journal == ["set up", "inject", "recover", "heal"] * 2


def test_only_this_faults_firings_count_as_seen(world, case_run):
    world.proxy.set_off("reset", "m5")
    one = fault(world, case_run)
    one.inject()

    assert not one.wait_seen(lambda: True)


@pytest.mark.parametrize("seconds", [fault_cycle.SEEN_SECONDS, 0.5])
def test_a_fault_that_does_not_come_is_given_up(world, case_run, seconds):
    one = fault(world, case_run)
    one.inject()
    began = case_run.clock.now()

    assert not one.wait_seen(seconds=seconds)

    assert seconds <= case_run.clock.now() - began < seconds + 0.1


# --- clean-up
class Odd(BaseException):
    """No `Exception`, as a Ctrl-C is none."""


@pytest.mark.parametrize("error", [LookupError("no"), RunInterruptedError("no"), NotOursError("no"), Odd(), None])
@pytest.mark.parametrize(
    ("steps", "journal"), [(0, ["heal"]), (1, ["recover", "heal"]), (2, ["recover", "heal"]), (3, ["heal"])]
)
def test_whatever_ends_a_case_what_is_in_force_is_taken_back(world, case_run, steps, journal, error):
    def body():
        with case_run:
            one = fault(world, case_run)
            for step in ORDER[1 : 1 + steps]:
                take(case_run, one, step)
            del world.journal[:]
            if error is not None:
                raise error

    if error is None:
        body()
    else:
        with pytest.raises(type(error)):
            body()

    assert world.journal == journal


def test_a_recovery_that_fails_is_tried_again_at_the_end(world, case_run):
    tries = []

    def recover():
        tries.append(1)
        if len(tries) == 1:
            raise TimeoutError

    with case_run:
        one = case_run.fault(lambda: None, recover)
        one.inject()
        one.wait_seen(lambda: True)
        with pytest.raises(TimeoutError):
            one.recover()

    assert len(tries) == 2


def test_a_clean_up_that_fails_heals_the_proxy_all_the_same_and_fails_the_case(world, case_run):
    def fail():
        raise PermissionError("not yours")

    with case_run:
        case_run.fault(lambda: None, fail).inject()

    (step,) = case_run.notes.steps
    assert (step.name.en, step.actual, step.ok) == ("Everything is cleaned up", "PermissionError: not yours", False)
    assert world.journal == ["heal"]


def test_requests_that_are_under_way_are_waited_for(world, case_run):
    go, ended = threading.Event(), []

    def wait(outgoing):
        go.wait(10)
        ended.append(outgoing)

    world.on_send = wait
    with case_run:
        case_run.sending(case_run.prepare(3))
        threading.Timer(0.05, go.set).start()

    assert len(ended) == 3


# --- a run that is to stop
@pytest.mark.parametrize(
    "step", [lambda run: run.pause(1), lambda run: run.prepare(1), lambda run: flow.steady(run, run.operations[0])]
)
def test_a_case_breaks_off_at_its_next_step(world, case_run, step):
    case_run.prepare(1)
    world.stop.set()

    with pytest.raises(RunInterruptedError):
        step(case_run)


def test_a_run_that_is_stopped_keeps_what_was_seen_and_says_so(world):
    laboratory = Laboratory(RunRequest(world.adapter, "mariadb", "local", seed=11), world.database, [world.testbed])

    def stop(run):
        fault(world, run).inject()
        flow.steady(run, *run.prepare(1))
        laboratory.stop.set()
        run.pause(60)

    cases = laboratory.run([spec("A", stop), spec("B"), spec("C", alone=True)])
    report = laboratory.report(cases)

    assert [case.status for case in cases] == ["not_run"] * 3
    assert {case.reason for case in cases} == {"the run was interrupted before this case was over"}
    assert [len(case.requests) for case in cases] == [1, 0, 0]
    assert world.journal[-2:] == ["recover", "heal"]
    assert (report.run.interrupted, report.summary.ok) == (True, False)
