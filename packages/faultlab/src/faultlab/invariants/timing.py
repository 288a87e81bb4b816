"""I7: every answer comes in time, and the service shows that it lives all the while.

A service may wait for a database that has just gone, since most outages are short; one that is older than it is willing to wait
for it has to refuse at once. A case that asks for this (`promptly`) sends its requests of phase `fault` when the outage is that
old. So each of those refusals has to be prompt, the first one too: the service has had the time to notice by itself.

A burst of requests costs processor time, also where no database hangs: whoever asks for a sign of life then waits for a thread
like everybody else. So the narrow limit is for the time in which the database is away, but for its first moment. One answer
of an outage may be up to twice as late: a machine stands still for that long now and then, while a service that hangs does so for
longer, or again.
"""

from collections.abc import Iterator

from faultlab.invariants.history import History, name, said
from faultlab.invariants.verdict import Verdict, Wrong, verdict
from faultlab.report_model import Health, Outage, Request


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
    late: dict[Outage | None, list[Health]] = {}
    for one in history.case.health:
        outage = _outage(one, history)
        if one.status != 200:
            yield Wrong("the liveness address did not answer 200", f"{one.status or 'nothing'} at {one.t:.2f} s")
        elif one.ms > _limit(outage, history) * 1000:
            late.setdefault(outage, []).append(one)
    for outage, some in late.items():
        if not (outage and _stood_still(some, history)):
            what = f"the liveness address took longer than {_limit(outage, history):g} s"
            yield from (Wrong(what, f"{one.ms:.0f} ms at {one.t:.2f} s") for one in some)


def _stood_still(late: list[Health], history: History) -> bool:
    """Whether that may have been the machine."""
    return len(late) == 1 and late[0].ms <= history.limits.hiccup * 1000


def _outage(one: Health, history: History) -> Outage | None:
    """During which it was asked, past the burst of requests with which that began."""
    begun = history.limits.burst
    return next((out for out in history.case.outages if out.began + begun <= one.t <= out.ended), None)


def _limit(outage: Outage | None, history: History) -> float:
    return history.limits.alive if outage else history.limits.hung


def _timed(request: Request) -> str:
    return f"{name(request)} ({request.ms:.0f} ms)"


NO_FAULT = Verdict(ok=None, detail="There was no fault.")
NEVER_OVER = Verdict(ok=False, detail="A fault was set off and was never over.")
NEVER_RECOVERED = Verdict(ok=False, detail="Nothing succeeded any more after the fault was over.")


def recovers(history: History) -> Verdict:
    case, limit = history.case, history.limits.recovery
    if case.healed is None:
        return NEVER_OVER if case.firings else NO_FAULT
    if case.recovered is None:
        return NEVER_RECOVERED
    took = case.recovered - case.healed
    detail = f"The first success came {took:.2f} s after the fault was over; {limit:g} s are allowed."
    return Verdict(ok=0 <= took <= limit, detail=detail)
