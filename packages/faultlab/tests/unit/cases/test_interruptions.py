"""FT-002 and its variants: one payment, as the service is deployed, interrupted at each moment."""

import threading

import pytest

from faultlab.cases.faults import FAULTS
from faultlab.cases.plan import plan
from tests.unit.world import LOST, REFUSED, UNKNOWN, Shop, answer

SPECS = {one.id: one for one in plan() if one.id.startswith("FT-002")}


def test_the_variants():
    assert [(name, one.fault, one.moment) for name, one in SPECS.items()] == [
        ("FT-002", "kill", "m3"),
        ("FT-002a", "reset", "m2"),
        ("FT-002b", "reset", "m3"),
        ("FT-002c", "reset", "m4"),
        ("FT-002d", "reset", "m5"),
        ("FT-002e", "later", "m6"),
        ("FT-002f", "reset", "m7"),
        ("FT-002g", "stall", "m5"),
        ("FT-002h", "freeze", "m4"),
        ("FT-002i", "gone", "m5"),
        ("FT-002j", "reset", "m3"),
        ("FT-002k", "reset", "m5"),
        ("FT-002l", "reset", "m3"),
        ("FT-002m", "reset", "m3"),
    ]


def test_the_faults_of_the_variants_happen_at_their_moments():
    assert all(one.moment in FAULTS[one.fault].moments for one in SPECS.values())


def break_once(world):
    """The first request after the fault was armed sets it off, and gets no answer."""
    lock = threading.Lock()

    def break_it(outgoing):
        with lock:
            if world.proxy.rules:
                rule = world.proxy.rules.pop()
                world.proxy.set_off(rule.fault, rule.moment)
                if rule.then:
                    rule.then()
                world.answers.append(LOST)

    world.on_send = break_it


@pytest.mark.parametrize("one", [SPECS["FT-002j"], SPECS["FT-002k"]], ids=["j", "k"])
def test_twins_meet_the_same_interruption(world, one):
    break_once(world)
    case_run = world.case_run(one)

    one.run(case_run)

    asked = [request for request in case_run.notes.requests if request.phase == "fault"]
    assert len(asked) == one.clients == 4
    assert len({(request.operation, request.key) for request in asked}) == 1
    assert (one.overlap, one.planned) == (2, (1, None))


@pytest.mark.parametrize(
    ("name", "reply", "wrong"),
    [
        ("FT-002l", REFUSED, []),
        ("FT-002l", UNKNOWN, ["It fails cleanly"]),
        ("FT-002l", answer(201), ["It fails cleanly"]),
        ("FT-002m", answer(201), []),
        ("FT-002m", REFUSED, ["It rides the interruption out"]),
    ],
)
def test_what_the_client_is_told_with_retries_and_without(world, monkeypatch, name, reply, wrong):
    monkeypatch.setattr(Shop, "profiles", Shop.profiles | {"single": Shop.profiles["quick"]})

    def reply_once(outgoing):
        if world.proxy.rules:
            rule = world.proxy.rules.pop()
            world.proxy.set_off(rule.fault, rule.moment)
            world.answers.append(reply)

    world.on_send = reply_once
    case_run = world.case_run(SPECS[name])
    SPECS[name].run(case_run)

    assert [step.name.en for step in case_run.notes.steps if not step.ok] == wrong


@pytest.mark.parametrize("one", list(SPECS.values())[:10], ids=list(SPECS)[:10])
def test_a_variant_is_the_whole_plan_of_one_interruption(world, one):
    break_once(world)
    case_run = world.case_run(one)

    one.run(case_run)

    assert (one.priority, one.profile, one.clients, one.planned) == ("P0", "deployed", 1, (1, 1))
    assert one.control == FAULTS[one.fault].control
    assert world.journal[0] == "use deployed"
    assert [(one.phase, one.outcome) for one in case_run.notes.requests] == [
        ("steady", "ok"), ("fault", "unknown"), ("recovery", "ok"), ("settle", "ok"),
    ]  # fmt: skip
    assert [(firing.fault, firing.moment) for firing in case_run.firings()] == [(one.fault, one.moment)]
    assert [books.when for books in case_run.notes.books] == ["healed", "settled"]
    assert ("start" in world.journal, "resume" in world.journal) == (one.fault == "kill", one.fault == "freeze")
    assert FAULTS[one.fault].title.en in one.title.en
    assert FAULTS[one.fault].title.zh in one.title.zh
