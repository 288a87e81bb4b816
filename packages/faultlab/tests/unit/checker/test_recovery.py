"""I8: the service works again soon after the fault is over."""

import pytest

from faultlab.report_model import Case, Health
from tests.unit.checker.histories import alive, case, fired, outcome

CASES = {
    "soon": (
        case(healed=10, recovered=10.25),
        True,
        "The first success came 0.25 s after the fault was over; 2 s are allowed.",
    ),
    "at once": (case(healed=10, recovered=10), True, None),
    "at the very beginning": (case(healed=0, recovered=0), True, None),
    "as late as is allowed": (case(healed=10, recovered=12), True, None),
    "no fault": (case(), None, "There was no fault."),
    "too late": (
        case(healed=10, recovered=12.5),
        False,
        "The first success came 2.50 s after the fault was over; 2 s are allowed.",
    ),
    "never": (case(healed=10), False, "Nothing succeeded any more after the fault was over."),
    "before the fault was over": (
        case(healed=10, recovered=9),
        False,
        "The first success came -1.00 s after the fault was over; 2 s are allowed.",
    ),
    "a fault that never ended": (case(firings=[fired(1)]), False, "A fault was set off and was never over."),
    "a fault that never ended, and a success": (
        case(firings=[fired(1)], recovered=2),
        False,
        "A fault was set off and was never over.",
    ),
}


@pytest.mark.parametrize(("of", "ok", "detail"), CASES.values(), ids=CASES)
def test_recovers(of: Case, ok: bool | None, detail: str | None) -> None:
    said = outcome("I8", of)

    assert said == (ok, detail or said[1])


def test_slack() -> None:
    of = case(healed=10, recovered=14)

    assert outcome("I8", of, slack=2)[0] is True
    assert outcome("I8", of, slack=1.9)[0] is False


LATE = 13.2  # 3.2 s after the fault was over
BUSY = {  # tasks for each core, from the end of the fault, at 10 s, to the first success
    "a load that explains it": ([alive(t=10, load=1), alive(t=12, load=2.2)], LATE, True),
    "a load that does not quite": ([alive(t=10, load=1), alive(t=12, load=2.1)], LATE, False),
    "busy before and afterwards, which explains nothing": ([alive(t=9.9, load=4), alive(t=13.3, load=4)], LATE, False),
    "busy for a moment": ([alive(t=10 + n / 10, load=8 if n == 3 else 1) for n in range(32)], LATE, False),
    "however busy, four times the limit is all": ([alive(t=12, load=40)], 18, True),
    "later than that": ([alive(t=12, load=40)], 18.1, False),
}


@pytest.mark.parametrize(("health", "recovered", "ok"), BUSY.values(), ids=BUSY)
def test_measured_load_stretches_the_limit(health: list[Health], recovered: float, ok: bool) -> None:
    assert outcome("I8", case(healed=10, recovered=recovered, health=health))[0] is ok


def test_limit_that_a_load_has_stretched_is_told() -> None:
    of = case(healed=10, recovered=14, health=[alive(t=12, load=1.25)])

    assert outcome("I8", of) == (False, "The first success came 4.00 s after the fault was over; 2.5 s are allowed.")
