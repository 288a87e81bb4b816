"""I8: the service works again soon after the fault is over."""

import pytest

from faultlab.report_model import Case
from tests.unit.checker.histories import case, fired, outcome

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
