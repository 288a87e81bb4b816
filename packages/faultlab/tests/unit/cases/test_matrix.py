"""Every fault at every moment at which it can happen: each cell once, and how it is run."""

from itertools import pairwise

import pytest

from faultlab.cases.catalogue import matrix
from faultlab.cases.faults import FAULTS
from faultlab.cases.moments import MOMENTS
from tests.unit.world import LOST

SPECS = matrix()
PLANNED = {"kill", "stop", "freeze", "outage", "gone", "app-kill", "app-stop"}  # that can happen only once


def by_id(name):
    (found,) = [one for one in SPECS if one.id == name]
    return found


def test_every_cell_is_there_once():
    wanted = {f"{name}-{at}-{clients}" for name, fault in FAULTS.items() for at in fault.moments for clients in (1, 8)}

    assert sorted(one.id for one in SPECS) == sorted(wanted)


def test_those_that_touch_the_server_come_last():
    control = [one.control for one in SPECS]

    assert control == sorted(control)
    assert {one.fault for one in SPECS if one.control} == {"kill", "stop", "freeze"}


@pytest.mark.parametrize("one", SPECS, ids=lambda one: one.id)
def test_a_cell_says_what_it_is(one):
    fault, where = FAULTS[one.fault], MOMENTS[one.moment]

    assert one.id == f"{one.fault}-{one.moment}-{one.clients}"
    assert one.title.en == f"{fault.title.en}, {where.en}"
    assert one.title.zh == f"{fault.title.zh}，{where.zh}"
    assert (one.kind, one.profile, one.alone) == ("fault_tolerance", "quick", False)
    assert one.priority == ("P1" if one.clients == 1 else "P2")
    assert one.overlap == (2 if one.clients > 1 else 0)
    assert one.planned == (1, 1 if one.fault in PLANNED else None)


def test_clients_are_as_many_as_one_asks_for_each_number_once():
    assert [one.id for one in matrix((4, 2, 4)) if one.fault == "lock-wait"] == [
        "lock-wait-m2-4",
        "lock-wait-m2-2",
    ]


def run(world, name, seed=7):
    one = by_id(name)
    case_run = world.case_run(one, seed)
    one.run(case_run)
    return case_run


def fire(world, lost=True):
    """The proxy sets the first armed rule off at the first request after it."""

    def at(outgoing):
        if world.proxy.rules:
            rule = world.proxy.rules.pop(0)
            world.proxy.set_off(rule.fault, rule.moment)
            if rule.then:
                rule.then()
            if lost:
                world.answers.append(LOST)

    world.on_send = at


@pytest.mark.parametrize("name", ["reset-m5-1", "reset-m5-8", "kill-m3-1", "app-kill-m4-8", "outage-m1-1"])
def test_how_a_cell_goes(world, name):
    fire(world)

    case_run = run(world, name)

    clients = case_run.spec.clients
    phases = [one.phase for one in case_run.notes.requests]
    assert phases[: 1 + clients] == ["steady", *["fault"] * clients]
    assert phases[1 + clients] == "recovery"
    assert set(phases[2 + clients :]) <= {"settle"}
    assert len(case_run.operations) == 2 + clients
    assert len(case_run.firings()) == 1
    assert [one.when for one in case_run.notes.books] == ["healed", "settled"]
    assert len(case_run.notes.books[-1].operations) == 2 + clients  # the lost one was sent again
    assert case_run.notes.healed < case_run.notes.recovered
    assert all(step.ok for step in case_run.notes.steps)


def test_a_repeat_has_something_to_repeat(world):
    fire(world)

    case_run = run(world, "reset-m8-8")

    steady = [one.operation for one in case_run.notes.requests if one.phase == "steady"]
    again = {one.operation for one in case_run.notes.requests if one.phase == "fault"}
    assert len(steady) == 9
    assert set(steady[1:]) == again


@pytest.mark.parametrize("name", ["reset-m5-1", "reset-m5-8"])
def test_half_of_the_operations_have_a_key_and_the_seed_says_which(world, name):
    def keys(seed):
        return [bool(key) for key in run(world, name, seed)._keys.values()]

    found = {tuple(keys(seed)) for seed in range(20)}

    assert len(found) == 2
    assert all(one != after for which in found for one, after in pairwise(which))
    assert keys(3) == keys(3)


def test_it_is_broken_for_as_long_as_the_fault_says(world):
    run(world, "refuse-m1-1")
    assert 0.5 in world.time.slept

    run(world, "outage-m1-1")
    assert 2.0 in world.time.slept
