"""The canary of a run: a planted bug is seen, and a checker that sees none is found out."""

from faultlab.cases import canary
from faultlab.checker import judged


def sung(world):
    case_run = world.case_run(canary.SPEC)
    canary.SPEC.run(case_run)
    return judged(case_run.case())


def test_planted_bugs_are_seen(world):
    case = sung(world)

    assert (case.status, case.reason) == ("passed", "")
    assert [step.expected for step in case.steps if step.name.en == "The planted bug is seen"] == ["I1", "I2", "I3"]


def test_a_blind_checker_fails_the_run(world, monkeypatch):
    monkeypatch.setattr(canary, "check", lambda _: [])

    case = sung(world)

    assert case.status == "failed"
    assert case.reason.count("The planted bug is seen: expected") == 3
