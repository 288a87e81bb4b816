"""I10: the fault and the overlap of requests came as planned; otherwise the case proves nothing."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from faultlab.invariants.history import History, Verdict, Wrong, end, verdict
from faultlab.language import Message, _
from faultlab.report_model import Firing, Request

NONE_PLANNED = (0, 0)


def fault_came_as_planned(history: History) -> Verdict:
    case = history.case
    kept = (
        _("The fault was set off as planned, {count}×.", count=len(case.firings))
        if case.planned != NONE_PLANNED
        else _("Requests met as planned: {met} at the same moment.", met=most_at_once(history.requests))
    )
    planned = case.planned != NONE_PLANNED or case.overlap > 0
    return verdict(_unplanned(history), planned, kept, _("No fault was planned."))


def _unplanned(history: History) -> Iterator[Wrong]:
    case = history.case
    least, most = case.planned
    count = len(case.firings)
    if count < least or (most is not None and count > most):
        yield Wrong(_("the fault was set off {count}×, not {planned}", count=count, planned=_plan(least, most)))
    if (met := most_at_once(history.requests)) < case.overlap:
        yield Wrong(_("requests at the same moment: {met}, not {planned}", met=met, planned=case.overlap))
    for firing in case.firings:
        if not _in_time(firing, case.healed, history.requests):
            yield Wrong(
                _("set off outside of the requests of phase fault"),
                _("{what} at {seconds:.2f} s", what=firing.fault, seconds=firing.t),
            )


def most_at_once(requests: Sequence[Request]) -> int:
    """The highest number of requests of phase `fault` that were open at the same moment."""
    meant = [one for one in requests if one.phase == "fault"]
    ends = sorted(map(end, meant))
    return max((sent - bisect_left(ends, one.t) for sent, one in enumerate(meant, 1)), default=0)


def _plan(least: int, most: int | None) -> Message | str:
    if most is None:
        return _("{least}× or more", least=least)
    return f"{least}×" if least == most else _("{least} to {most}×", least=least, most=most)


def _in_time(firing: Firing, healed: float | None, requests: Sequence[Request]) -> bool:
    """True during a request of phase `fault`, or directly before or after one while no request was open."""
    if healed is not None and firing.t > healed:
        return False
    later = bisect_right(requests, firing.t, key=lambda one: one.t)
    sent = requests[:later]
    if any(one.phase == "fault" for one in reversed(sent) if end(one) >= firing.t):
        return True
    if any(end(one) >= firing.t for one in sent):
        return False
    neighbours = [*sorted(sent, key=end)[-1:], *requests[later : later + 1]]
    return any(one.phase == "fault" for one in neighbours)
