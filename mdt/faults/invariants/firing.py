"""I10: the fault came as planned. A case whose fault missed its moment proves nothing, however green the rest is."""

from collections.abc import Iterator

from mdt.faults.invariants.history import History, end
from mdt.faults.invariants.verdict import Verdict, Wrong, verdict
from mdt.faults.record import Case, Firing, Phase

NONE_PLANNED = (0, 0)


def fault_came_as_planned(history: History) -> Verdict:
    case = history.case
    kept = f"The fault was set off as planned, {len(case.firings)}×."
    return verdict(_unplanned(case), case.planned != NONE_PLANNED, kept, "No fault was planned.")


def _unplanned(case: Case) -> Iterator[Wrong]:
    least, most = case.planned
    count = len(case.firings)
    if count < least or (most is not None and count > most):
        yield Wrong(f"the fault was set off {count}×, not {_plan(least, most)}")
    for firing in case.firings:
        if not _in_time(firing, case):
            yield Wrong("set off outside of the requests of phase fault", f"{firing.fault} at {firing.t:.2f} s")


def _plan(least: int, most: int | None) -> str:
    if most is None:
        return f"{least}× or more"
    return f"{least}×" if least == most else f"{least} to {most}×"


def _in_time(firing: Firing, case: Case) -> bool:
    """During a request of that phase; or while nothing was on its way, right before one (idle connections) or right after."""
    if case.healed is not None and firing.t > case.healed:
        return False
    during = {one.phase for one in case.requests if one.t <= firing.t <= end(one)}
    return "fault" in (during or _neighbours(firing, case))


def _neighbours(firing: Firing, case: Case) -> set[Phase]:
    before = max((one for one in case.requests if end(one) < firing.t), key=end, default=None)
    after = min((one for one in case.requests if one.t > firing.t), key=lambda one: one.t, default=None)
    return {one.phase for one in (before, after) if one}
