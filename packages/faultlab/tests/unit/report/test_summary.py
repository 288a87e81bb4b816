"""The verdict of a run."""

import pytest

from faultlab.checker import summary
from tests.unit.report import sample

GOOD, BAD = "passed", "failed"


def of(functional: list[str], faults: list[str]):
    one = sample.not_run()
    cases = [one.model_copy(update={"kind": "functional", "status": status}) for status in functional]
    return summary([*cases, *(one.model_copy(update={"status": status}) for status in faults)])


@pytest.mark.parametrize(
    ("functional", "faults", "ok"),
    [
        ([GOOD], [GOOD, GOOD], True),
        ([GOOD], [GOOD, BAD], False),
        ([BAD], [GOOD], False),
        ([GOOD], [GOOD, "not_run"], True),
        ([GOOD], [], True),
        ([], [GOOD], True),
        ([], [BAD], False),
        ([GOOD], [GOOD, "void"], False),
        (["not_run"], ["not_run"], False),
        ([], [], False),
    ],
)
def test_every_case_that_ran_has_to_pass(functional, faults, ok) -> None:
    assert of(functional, faults).ok is ok


def test_counts_and_criteria() -> None:
    found = of([GOOD, GOOD], [GOOD, GOOD, BAD, "not_run"])

    assert (found.passed, found.failed, found.not_run) == (4, 1, 1)
    assert [one.model_dump() for one in found.criteria] == [
        {"kind": "functional", "passed": 2, "total": 2, "percent": 100.0, "required": 100.0, "ok": True},
        {"kind": "fault_tolerance", "passed": 2, "total": 3, "percent": 66.6, "required": 100.0, "ok": False},
    ]


def test_one_failure_in_thousands_is_never_rounded_away() -> None:
    found = of([], [GOOD] * 2999 + [BAD])

    assert found.criteria[1].percent == 99.9
    assert not found.criteria[1].ok
