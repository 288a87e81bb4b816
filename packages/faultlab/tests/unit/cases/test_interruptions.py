"""FT-002 and its variants: one payment, as the service is deployed, interrupted at each moment."""

import pytest

from faultlab.cases.catalogue import plan
from faultlab.cases.faults import FAULTS
from tests.unit.world import LOST

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
    ]


def test_the_faults_of_the_variants_happen_at_their_moments():
    assert all(one.moment in FAULTS[one.fault].moments for one in SPECS.values())


@pytest.mark.parametrize("one", SPECS.values(), ids=list(SPECS))
def test_a_variant_is_the_whole_plan_of_one_interruption(world, one):
    def break_it(outgoing):
        if world.proxy.rules:
            rule = world.proxy.rules.pop()
            world.proxy.set_off(rule.fault, rule.moment)
            if rule.then:
                rule.then()
            world.answers.append(LOST)

    world.on_send = break_it
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
