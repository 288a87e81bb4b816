"""I7: every answer in time, refusals at once where waiting is of no use, a sign of life all the while."""

import pytest

from faultlab.report_model import Case, Health, Outage
from tests.unit.checker.histories import alive, case, looked, outcome, sent

AWAY = [Outage(began=0.5, ended=3)]
NONE_REFUSED = "Nothing was refused, as it had to be."
SLOW = "Refused later than after 0.1 s: a (101 ms)."

CASES = {
    "in time": (
        case(sent("a", ms=300), looked(ms=4), health=[alive(ms=12), alive(ms=7)]),
        True,
        "The slowest answer took 300 ms, the slowest of the liveness address 12 ms.",
    ),
    "as late as is allowed": (case(sent("a", ms=4500)), True, None),
    "too late": (case(sent("a", ms=4501)), False, "Took longer than 4.5 s: a (4501 ms)."),
    "a look, too late": (case(looked(ms=4501)), False, "Took longer than 4.5 s: GET /health (4501 ms)."),
    "given up too late": (
        case(sent("a", "unknown", status=None, ms=14000)),
        False,
        "Took longer than 4.5 s: a (14000 ms).",
    ),
    "nothing sent": (case(), None, "Nothing was sent."),
    "only signs of life": (
        case(health=[alive()]),
        True,
        "The slowest answer took 0 ms, the slowest of the liveness address 5 ms.",
    ),
    "only answers": (
        case(sent("a")),
        True,
        "The slowest answer took 10 ms, the slowest of the liveness address 0 ms.",
    ),
    "alive, late once": (case(health=[alive(t=2, ms=200), alive(t=3)], outages=AWAY), True, None),
    "alive, late once and a hair more": (case(health=[alive(t=2, ms=200.05)], outages=AWAY), False, None),
    "alive a hair too late twice": (
        case(health=[alive(t=2, ms=100.05), alive(t=3, ms=100.05)], outages=AWAY),
        False,
        None,
    ),
    "alive as late as is allowed": (case(health=[alive(ms=100)], outages=AWAY), True, None),
    "alive in the burst with which it begins": (case(health=[alive(t=0.74, ms=900)], outages=AWAY), True, None),
    "alive right after the burst": (case(health=[alive(t=0.75, ms=201)], outages=AWAY), False, None),
    "alive before it": (case(health=[alive(t=0.4, ms=900)], outages=AWAY), True, None),
    "alive after it": (case(health=[alive(t=3.01, ms=900)], outages=AWAY), True, None),
    "alive in the second one": (
        case(health=[alive(t=8, ms=201)], outages=[*AWAY, Outage(began=6, ended=9)]),
        False,
        None,
    ),
    "alive while requests were made to meet, which is no outage": (
        case(sent("a", phase="fault"), health=[alive(t=1, ms=214), alive(t=1.1, ms=214)]),
        True,
        None,
    ),
    "alive, late once in each": (
        case(health=[alive(t=2, ms=200), alive(t=8, ms=200)], outages=[*AWAY, Outage(began=6, ended=9)]),
        True,
        None,
    ),
    "hung, with nothing the matter": (
        case(health=[alive(ms=1000), alive(t=4, ms=1001)]),
        False,
        "The liveness address took longer than 1 s: 1001 ms at 4.00 s.",
    ),
    "alive too late": (
        case(health=[alive(), alive(t=2.5, ms=101), alive(t=3, ms=2000)], outages=AWAY),
        False,
        "The liveness address took longer than 0.1 s: 101 ms at 2.50 s, 2000 ms at 3.00 s.",
    ),
    "not alive": (
        case(health=[alive(t=2, status=503)]),
        False,
        "The liveness address did not answer 200: 503 at 2.00 s.",
    ),
    "no sign of life": (
        case(health=[alive(t=2, ms=5000, status=None)]),
        False,
        "The liveness address did not answer 200: nothing at 2.00 s.",
    ),
    "nobody asked, in a case of faults": (
        case(sent("a"), kind="fault_tolerance"),
        None,
        "Nobody asked whether the service lives.",
    ),
    "nobody asked, and too late": (
        case(sent("a", ms=4501), kind="fault_tolerance"),
        False,
        "Took longer than 4.5 s: a (4501 ms).",
    ),
    "asked, in a case of faults": (case(sent("a"), kind="fault_tolerance", health=[alive()]), True, None),
}

PROMPT = {
    "at once": (case(sent("a", "fail", ms=100), promptly=True), True, None),
    "too slow": (case(sent("a", "fail", ms=101), promptly=True), False, SLOW),
    "a hair too slow": (case(sent("a", "fail", ms=100.05), promptly=True), False, None),
    "too slow where nobody asks for it": (case(sent("a", "fail", ms=101)), True, None),
    "the first too slow": (case(sent("a", "fail", ms=101), sent("b", "fail", t=2), promptly=True), False, SLOW),
    "uncertain too slow": (case(sent("a", "unknown", ms=101), promptly=True), False, SLOW),
    "given up too slow": (case(sent("a", "unknown", ms=101, status=None), promptly=True), False, SLOW),
    "a look, too slow": (
        case(looked(status=503, outcome="unknown", ms=101), promptly=True),
        False,
        "Refused later than after 0.1 s: GET /health (101 ms).",
    ),
    "done, slowly": (case(sent("a", ms=101), sent("b", "fail"), promptly=True), True, None),
    "too slow in another phase": (
        case(sent("a", "fail", ms=101, phase="recovery"), sent("b", "fail"), promptly=True),
        True,
        None,
    ),
    "nothing was refused": (case(sent("a"), promptly=True), False, NONE_REFUSED),
    "nothing was refused in this phase": (case(sent("a", "fail", phase="settle"), promptly=True), False, NONE_REFUSED),
    "nothing was refused, and nobody asks for it": (case(sent("a")), True, None),
}

SLACK = {
    "an answer": (case(sent("a", ms=5000)), True),
    "an answer, later than that": (case(sent("a", ms=5001)), False),
    "alive": (case(health=[alive(t=2, ms=200), alive(t=2.5, ms=200)], outages=AWAY), True),
    "alive, later than that": (case(health=[alive(t=2, ms=201), alive(t=2.5, ms=201)], outages=AWAY), False),
    "alive, late once": (case(health=[alive(t=2, ms=400)], outages=AWAY), True),
    "alive, late once and more": (case(health=[alive(t=2, ms=401)], outages=AWAY), False),
    "alive in a burst": (case(health=[alive(t=0.99, ms=900)], outages=AWAY), True),
    "hung": (case(health=[alive(ms=2001)]), False),
    "not hung": (case(health=[alive(ms=2000)]), True),
    "a refusal": (case(sent("a", "fail", ms=200), promptly=True), True),
    "a refusal, later than that": (case(sent("a", "fail", ms=201), promptly=True), False),
}


BUSY = {  # tasks for each core: 2 at 2 s, nobody else's business at 3 s
    "alive while two tasks share a core": ([alive(t=2, ms=199, load=2), alive(t=3, ms=99)], True),
    "alive, later than that": ([alive(t=2, ms=201, load=2), alive(t=2.1, ms=201, load=2)], False),
    "alive while it was busy a second ago": (
        [alive(t=2, ms=5, load=4), alive(t=2.7, ms=199), alive(t=2.8, ms=199)],
        False,
    ),
    "alive, in proportion to the load": ([alive(t=2, ms=799, load=8), alive(t=2.1, ms=799, load=8)], True),
    "however busy, ten times the limit is all": ([alive(t=2, ms=999, load=40), alive(t=3, ms=999, load=40)], True),
    "however busy, a second is too long": ([alive(t=2, ms=1001, load=40), alive(t=3, ms=1001, load=40)], False),
}


@pytest.mark.parametrize(("health", "ok"), BUSY.values(), ids=BUSY)
def test_measured_load_stretches_the_limits(health: list[Health], ok: bool) -> None:
    assert outcome("I7", case(health=health, outages=AWAY))[0] is ok


def test_measured_load_does_not_stretch_the_budget() -> None:
    busy = [alive(t=1.1, load=2)]

    assert outcome("I7", case(sent("a", ms=5000), health=busy))[0]
    assert not outcome("I7", case(sent("a", ms=5001), health=busy))[0]


@pytest.mark.parametrize(("of", "ok", "detail"), [*CASES.values(), *PROMPT.values()], ids=[*CASES, *PROMPT])
def test_answers_in_time(of: Case, ok: bool | None, detail: str | None) -> None:
    said = outcome("I7", of)

    assert said == (ok, detail or said[1])


@pytest.mark.parametrize(("of", "ok"), SLACK.values(), ids=SLACK)
def test_slack_of_two_doubles_every_limit_but_not_the_budget(of: Case, ok: bool) -> None:
    assert outcome("I7", of, slack=2)[0] is ok
