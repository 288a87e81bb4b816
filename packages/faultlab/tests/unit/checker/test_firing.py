"""I10: the fault came as often as planned, and at its time."""

import pytest

from faultlab.checker import judged
from faultlab.report_model import Case, Request
from tests.unit.checker.histories import case, fired, outcome, sent, settled, stored

STEADY = sent("s", t=1, ms=1000, phase="steady")
FIRST = sent("a", t=10, ms=1000)
SECOND = sent("b", t=12, ms=1000)
RECOVERY = sent("r", t=20, ms=1000, phase="recovery")

COUNTS = [  # planned, how often, complaint
    ((1, 1), 1, ""),
    ((2, 5), 2, ""),
    ((2, 5), 5, ""),
    ((1, None), 1, ""),
    ((1, None), 9, ""),
    ((0, None), 0, ""),
    ((0, 1), 0, ""),
    ((1, 1), 0, "The fault was set off 0×, not 1×."),
    ((1, 1), 2, "The fault was set off 2×, not 1×."),
    ((2, 5), 1, "The fault was set off 1×, not 2 to 5×."),
    ((2, 5), 6, "The fault was set off 6×, not 2 to 5×."),
    ((1, None), 0, "The fault was set off 0×, not 1× or more."),
    ((0, 0), 1, "The fault was set off 1×, not 0×."),
]


@pytest.mark.parametrize(("planned", "count", "complaint"), COUNTS)
def test_count(planned: tuple[int, int | None], count: int, complaint: str) -> None:
    of = case(FIRST, planned=planned, firings=[fired(10.5)] * count)

    assert outcome("I10", of) == (not complaint, complaint or f"The fault was set off as planned, {count}×.")


OVERLAPS = {
    "both at once": ([sent("a", t=10, ms=1000), sent("b", t=10.5, ms=10)], True),
    "one as the other ends": ([sent("a", t=10, ms=1000), sent("b", t=11, ms=10)], True),
    "one after the other": ([sent("a", t=10, ms=1000), sent("b", t=11.5, ms=10)], False),
    "another phase does not count": ([sent("a", t=10, ms=1000), sent("s", t=10.5, phase="steady")], False),
    "nothing": ([], False),
}


@pytest.mark.parametrize(("requests", "ok"), OVERLAPS.values(), ids=OVERLAPS)
def test_requests_that_were_to_meet(requests: list[Request], ok: bool) -> None:
    done = judged(case(*requests, overlap=2))

    finding = next(one for one in done.findings if one.id == "I10")
    assert finding.ok is ok
    assert ("Requests at the same moment: " in finding.detail) is not ok


def test_a_broken_promise_is_told_even_if_the_fault_did_not_come() -> None:
    good = case(FIRST, books=[settled(stored("a"))], planned=(1, 1))

    assert judged(good).status == "void"
    assert judged(good.model_copy(update={"books": [settled()]})).status == "failed"
    assert judged(case()).status == "void"


def test_none_planned() -> None:
    assert outcome("I10", case(FIRST)) == (None, "No fault was planned.")


TIMES = {
    "with the request": (10.0, True),
    "during the request": (10.5, True),
    "with its answer": (11.0, True),
    "between two requests": (11.5, True),
    "on idle connections, before the first request": (5.0, True),
    "after the last answer": (15.0, True),
    "before anything was sent": (0.5, False),
    "during a request that was to succeed": (1.5, False),
    "with such a request": (1.0, False),
    "with the answer of such a request": (2.0, False),
    "while it recovered": (20.5, False),
    "after it recovered": (25.0, False),
}


@pytest.mark.parametrize(("t", "ok"), TIMES.values(), ids=TIMES)
def test_time(t: float, ok: bool) -> None:
    of = case(STEADY, FIRST, SECOND, RECOVERY, planned=(1, 1), firings=[fired(t)])

    complaint = f"Set off outside of the requests of phase fault: reset at {t:.2f} s."
    assert outcome("I10", of) == (ok, "The fault was set off as planned, 1×." if ok else complaint)


MORE_TIMES: dict[str, tuple[Case, bool]] = {
    "during requests of both kinds": (
        case(sent("s", t=9, ms=3000, phase="steady"), FIRST, firings=[fired(10.5)]),
        True,
    ),
    "during another request, after one and before the one that was meant": (
        case(sent("r", t=0.5, phase="steady"), STEADY, FIRST, firings=[fired(1.5)]),
        False,
    ),
    "between the requests of two phases, noted in any order": (
        case(RECOVERY, FIRST, STEADY, firings=[fired(11.5)]),
        True,
    ),
    "after the fault was over": (case(FIRST, firings=[fired(12)], healed=11.5), False),
    "when the fault was over": (case(FIRST, firings=[fired(12)], healed=12), True),
    "the answer that came last counts": (
        case(sent("s", t=8, ms=3500, phase="steady"), FIRST, RECOVERY, firings=[fired(12)]),
        False,
    ),
    "no request at all": (case(firings=[fired(1)]), False),
    "no request of that phase": (case(STEADY, RECOVERY, firings=[fired(10)]), False),
    "one of two at a wrong time": (case(STEADY, FIRST, firings=[fired(10.5), fired(1.5)]), False),
}


@pytest.mark.parametrize(("of", "ok"), MORE_TIMES.values(), ids=MORE_TIMES)
def test_more_times(of: Case, ok: bool) -> None:
    assert outcome("I10", of.model_copy(update={"planned": (1, None)}))[0] is ok
