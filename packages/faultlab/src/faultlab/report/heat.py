"""The heat map of the page: a row for each fault, a column for each moment, and the statuses of their cases."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from faultlab.cases.moments import MOMENTS
from faultlab.report_model import Case, Status

WORST: tuple[Status, ...] = ("failed", "void", "passed", "not_run")  # the first that occurs colours a cell
ANY_TIME = ""  # column of faults without a moment
NAMED = 12  # cases in a cell's title


@dataclass(frozen=True)
class Cell:
    """The cases of one fault at one moment; `status` is None without any.

    `count` is passed/run, or the number of cases if none ran; `left_out` is the number of the others that did not run.
    """

    status: Status | None
    count: str
    left_out: int
    title: str


@dataclass(frozen=True)
class Heat:
    moments: list[str]
    rows: dict[str, dict[str, Cell]]


def heat(cases: Iterable[Case]) -> Heat:
    found: dict[str, dict[str, list[Case]]] = defaultdict(lambda: defaultdict(list))
    for case in cases:
        if case.fault:
            found[case.fault][case.moment].append(case)
    used = {moment for row in found.values() for moment in row}
    moments = [*MOMENTS, *sorted(used - MOMENTS.keys() - {ANY_TIME}), *([ANY_TIME] if ANY_TIME in used else [])]
    return Heat(
        moments,
        {fault: {one: _cell(row[one]) if one in row else NOTHING for one in moments} for fault, row in found.items()},
    )


NOTHING = Cell(None, "", 0, "")


def _cell(cases: list[Case]) -> Cell:
    counted = Counter(case.status for case in cases)
    status = next(one for one in WORST if counted[one])
    ran, left_out = counted["passed"] + counted["failed"] + counted["void"], counted["not_run"]
    names = [case.id for case in cases]
    more = [f"+{len(names) - NAMED}"] if len(names) > NAMED else []
    return Cell(
        status=status,
        count=f"{counted['passed']}/{ran}" if ran else str(left_out),
        left_out=left_out if ran else 0,
        title=", ".join([*names[:NAMED], *more]),
    )
