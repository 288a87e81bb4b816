"""I7: every answer comes in time, and the service shows that it lives all the while.

When a refusal has to be prompt: the service may wait for a database that has just gone, until its budget ends, because most
outages are short. An outage that is older than that is not waited for. So a refusal has to be prompt if its request was sent
when the outage was older than the budget, and the spare time in which the service may notice; the first requests of an
outage may take their budget. A case without an outage (an overload) has no such age: there every refusal has to be prompt.
"""

from collections.abc import Iterator

from mdt.faults.invariants.history import History, name, said
from mdt.faults.invariants.verdict import Verdict, Wrong, verdict
from mdt.faults.record import Case, Request


def answers_in_time(history: History) -> Verdict:
    case = history.case
    wrong = [*_late(history), *_slow_refusals(history), *_not_alive(history)]
    if not (wrong or case.health or case.kind == "functional"):
        return Verdict(ok=None, detail="Nobody asked whether the service lives.")
    slowest = max((one.ms for one in case.requests), default=0)
    alive = max((one.ms for one in case.health), default=0)
    kept = f"The slowest answer took {slowest:.0f} ms, the slowest of the liveness address {alive:.0f} ms."
    return verdict(wrong, len(case.requests) + len(case.health), kept, "Nothing was sent.")


def _late(history: History) -> Iterator[Wrong]:
    limit = history.case.budget + history.limits.spare
    for request in history.case.requests:
        if request.ms > limit * 1000:
            yield Wrong(f"took longer than {limit:g} s", _timed(request))


def _slow_refusals(history: History) -> Iterator[Wrong]:
    case, limit = history.case, history.limits.prompt
    if not case.promptly:
        return
    age = case.budget + history.limits.spare
    refused = [one for one in case.requests if one.phase == "fault" and said(one) != "ok" and _hopeless(one, case, age)]
    if not refused:
        yield Wrong("nothing was refused in an outage older than the budget, as it had to be")
    for request in refused:
        if request.ms > limit * 1000:
            yield Wrong(f"refused later than after {limit:g} s", _timed(request))


def _hopeless(request: Request, case: Case, age: float) -> bool:
    """Whether it was sent when the outage was older than `age`."""
    return not case.outages or any(outage.began + age < request.t <= outage.ended for outage in case.outages)


def _not_alive(history: History) -> Iterator[Wrong]:
    limit = history.limits.alive
    for one in history.case.health:
        if one.status != 200:
            yield Wrong("the liveness address did not answer 200", f"{one.status or 'nothing'} at {one.t:.2f} s")
        elif one.ms > limit * 1000:
            yield Wrong(f"the liveness address took longer than {limit:g} s", f"{one.ms:.0f} ms at {one.t:.2f} s")


def _timed(request: Request) -> str:
    return f"{name(request)} ({request.ms:.0f} ms)"
