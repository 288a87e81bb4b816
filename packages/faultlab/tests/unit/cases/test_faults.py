"""The table of faults: what each does, for how long, and that every cell of it can be armed."""

import pytest

from faultlab.cases.faults import FAULTS
from faultlab.cases.injections import PortFault, ServerFault, ServiceFault, SqlError, WireFault
from faultlab.cases.moments import MOMENTS
from faultlab.proxy import How

CELLS = [(name, moment) for name, fault in FAULTS.items() for moment in fault.moments]
WIRES = {
    "reset": (How.RESET, {}),
    "fin": (How.FIN, {}),
    "stall": (How.STALL, {}),
    "late": (How.HOLD, {"seconds": 0.8}),
    "later": (How.HOLD, {"seconds": 4.0}),
    "slow": (How.SLOW, {"seconds": 0.005}),
    "cut": (How.CUT, {"count": 5}),
}
SERVERS = {"kill": ("kill", "start"), "stop": ("stop", "start"), "freeze": ("pause", "resume")}
ERRORS = {
    "read-only": (1290, "25006"),
    "too-many": (1040, "53300"),
    "deadlock": (1213, "40P01"),
    "lock-wait": (1205, "55P03"),
}
SECONDS = {
    "refuse": 0.5,
    "kill": 0,
    "stop": 0,
    "freeze": 2.5,
    "outage": 2,
    "gone": 6,
}  # the others: until all are answered


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
@pytest.mark.parametrize(("name", "moment"), CELLS)
def test_every_cell_can_be_injected_and_recovered_from(world, name, moment, kind):
    world.kind = kind
    case_run, injection = world.case_run(), FAULTS[name].injection

    injection.inject(case_run, name, moment)
    injection.recover(case_run)

    named = [(one.fault, one.moment) for one in (*world.proxy.rules, *case_run.firings())]
    assert named == [(name, moment)]


def test_faults_are_of_these_kinds():
    wires = {
        name: (fault.injection.how, fault.injection.more)
        for name, fault in FAULTS.items()
        if isinstance(fault.injection, WireFault)
    }
    errors = {
        name: (one.mysql, one.postgresql)
        for name, fault in FAULTS.items()
        if isinstance(one := fault.injection, SqlError)
    }
    gently = {name: one.gently for name, fault in FAULTS.items() if isinstance(one := fault.injection, ServiceFault)}

    assert wires == WIRES
    assert errors == ERRORS
    assert gently == {"app-kill": False, "app-stop": True}
    assert {name for name, fault in FAULTS.items() if isinstance(fault.injection, PortFault)} == {
        "refuse",
        "outage",
        "gone",
    }
    assert {name for name, fault in FAULTS.items() if isinstance(fault.injection, ServerFault)} == set(SERVERS)


@pytest.mark.parametrize(("name", "done"), SERVERS.items())
def test_what_is_done_to_the_server_is_taken_back(world, name, done):
    case_run, fault = world.case_run(), FAULTS[name]
    del world.journal[:]

    fault.injection.inject(case_run, name, "m1")
    fault.injection.recover(case_run)

    assert world.journal == [*done, "wait_ready"]
    assert fault.control
    assert not fault.many
    assert fault.injection.how is (How.PASS if name == "freeze" else How.RESET)


def test_moments_are_known_and_each_stands_once():
    for fault in FAULTS.values():
        assert set(fault.moments) <= set(MOMENTS)
        assert len(set(fault.moments)) == len(fault.moments) > 0


def test_how_long_each_lasts():
    assert {name: fault.seconds for name, fault in FAULTS.items() if fault.seconds is not None} == SECONDS


def test_a_frozen_server_at_commit_reply_would_have_nothing_to_tell():
    """m5 and m8 are moments of a reply, which a frozen server cannot give."""
    assert not {"m5", "m8"} & set(FAULTS["freeze"].moments)


def test_titles_are_in_both_languages_and_differ():
    for text in ([fault.title.en for fault in FAULTS.values()], [fault.title.zh for fault in FAULTS.values()]):
        assert all(text)
        assert len(set(text)) == len(text)
