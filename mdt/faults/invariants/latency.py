"""I7: every answer comes in time, and the service shows that it lives all the while.

A service may wait for a database that has just gone, since most outages are short; one that is older than it is willing to wait
for it has to refuse at once. A case that asks for this (`promptly`) sends its requests of phase `fault` when the outage is that
old. So each of those refusals has to be prompt, the first one too: the service has had the time to notice by itself.

A burst of requests costs processor time, also where no database hangs: whoever asks for a sign of life then waits for a thread
like everybody else. So the narrow limit is for the time in which the database is away, but for its first moment.
"""

from collections.abc import Iterator

from mdt.faults.invariants.history import History, name, said
from mdt.faults.invariants.verdict import Verdict, Wrong, verdict
from mdt.faults.record import Health, Request


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
    refused = [one for one in case.requests if one.phase == "fault" and said(one) != "ok"]
    if case.promptly and not refused:
        yield Wrong("nothing was refused, as it had to be")
    for request in refused:
        if case.promptly and request.ms > limit * 1000:
            yield Wrong(f"refused later than after {limit:g} s", _timed(request))


def _not_alive(history: History) -> Iterator[Wrong]:
    limits = history.limits
    for one in history.case.health:
        limit = limits.alive if _away(one, history) else limits.hung
        if one.status != 200:
            yield Wrong("the liveness address did not answer 200", f"{one.status or 'nothing'} at {one.t:.2f} s")
        elif one.ms > limit * 1000:
            yield Wrong(f"the liveness address took longer than {limit:g} s", f"{one.ms:.0f} ms at {one.t:.2f} s")


def _away(one: Health, history: History) -> bool:
    """Whether it was asked while the database was away, and not in the burst of requests with which that began."""
    return any(out.began + history.limits.burst <= one.t <= out.ended for out in history.case.outages)


def _timed(request: Request) -> str:
    return f"{name(request)} ({request.ms:.0f} ms)"
