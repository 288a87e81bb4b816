"""I7: answers come in time. I8: the service works again soon after the fault. I9: answers have the form that clients were promised.

A service may wait for a database that has just gone, since most outages are short. Once an outage is longer than the service is
willing to wait, it has to refuse at once. A case that asks for this (`promptly`) sends its requests of phase `fault` when the
outage is that old, so every one of those refusals has to be prompt, the first one too.

A burst of requests costs processor time even while the database is well, and a liveness check then waits for a thread like
everybody else. Therefore the narrow limit holds while the database is away, except for the first moment of an outage. One answer
of an outage may take twice as long: a machine stands still for that long now and then. A service that hangs does so for longer,
or again. Where more tasks could run than there are cores, everybody's limit is so much longer: a false alarm helps nobody.
"""

from collections.abc import Iterator

from faultlab.answers import NO_RETRY_AFTER, problem_text
from faultlab.invariants.history import History, Verdict, Wrong, name, said, verdict
from faultlab.language import Message, _
from faultlab.report_model import Case, Health, Outage, Request

BESIDE = 0.15  # seconds before and after an answer in which the machine's load counts for it
MOST_LOAD = 4.0  # whatever the load: a service that hangs is found out


def answers_in_time(history: History) -> Verdict:
    case = history.case
    wrong = [*_late(history), *_slow_refusals(history), *_not_alive(history)]
    if not (wrong or case.health or case.kind == "functional"):
        return Verdict(ok=None, detail=_("Nobody asked whether the service lives."))
    slowest = max((one.ms for one in case.requests), default=0)
    alive = max((one.ms for one in case.health), default=0)
    kept = _(
        "The slowest answer took {slowest:.0f} ms, the slowest of the liveness address {alive:.0f} ms.",
        slowest=slowest,
        alive=alive,
    )
    return verdict(wrong, len(case.requests) + len(case.health), kept, _("Nothing was sent."))


def _late(history: History) -> Iterator[Wrong]:
    budget = history.case.budget
    limit = budget + history.limits.spare
    for request in history.case.requests:
        if _too_long(request, history.limits.spare, history, budget):
            yield Wrong(_("took longer than {limit:g} s", limit=limit), _timed(request))


def _slow_refusals(history: History) -> Iterator[Wrong]:
    case, limit = history.case, history.limits.prompt
    refused = [one for one in case.requests if one.phase == "fault" and said(one) != "ok"]
    if case.promptly and not refused:
        yield Wrong(_("nothing was refused, as it had to be"))
    for request in refused:
        if case.promptly and _too_long(request, limit, history):
            yield Wrong(_("refused later than after {limit:g} s", limit=limit), _timed(request))


def _not_alive(history: History) -> Iterator[Wrong]:
    late: dict[Outage | None, list[Health]] = {}
    for one in history.case.health:
        outage = _outage(one, history)
        if one.status != 200:
            when = _("{what} at {seconds:.2f} s", what=one.status or _("nothing"), seconds=one.t)
            yield Wrong(_("the liveness address did not answer 200"), when)
        elif _too_long(one, _limit(outage, history), history):
            late.setdefault(outage, []).append(one)
    for outage, some in late.items():
        if not (outage and _stood_still(some, history)):
            what = _("the liveness address took longer than {limit:g} s", limit=_limit(outage, history))
            yield from (Wrong(what, _("{ms:.0f} ms at {seconds:.2f} s", ms=one.ms, seconds=one.t)) for one in some)


def _stood_still(late: list[Health], history: History) -> bool:
    """Whether that may have been the machine."""
    return len(late) == 1 and late[0].ms <= history.limits.hiccup * 1000


def _too_long(one: Request | Health, limit: float, history: History, budget: float = 0.0) -> bool:
    """Whether it took longer than the budget and the limit, in seconds; a busy machine stretches the limit alone."""
    return one.ms > (budget + limit) * 1000 and one.ms > (budget + limit * load(history, one)) * 1000


def load(history: History, one: Request | Health) -> float:
    """How many tasks shared a core at worst while it was answered, as the probe of the liveness address saw it."""
    begun, over = one.t - BESIDE, one.t + one.ms / 1000 + BESIDE
    seen = (asked.load for asked in history.case.health if begun <= asked.t <= over)
    return min(max(seen, default=1.0), MOST_LOAD)


def _outage(one: Health, history: History) -> Outage | None:
    """During which it was asked, past the burst of requests with which that began."""
    begun = history.limits.burst
    return next((out for out in history.case.outages if out.began + begun <= one.t <= out.ended), None)


def _limit(outage: Outage | None, history: History) -> float:
    return history.limits.alive if outage else history.limits.hung


def _timed(request: Request) -> Message:
    return _("{request} ({ms:.0f} ms)", request=name(request), ms=request.ms)


# --- I8
NO_FAULT = Verdict(ok=None, detail=_("There was no fault."))
NEVER_OVER = Verdict(ok=False, detail=_("A fault was set off and was never over."))
NEVER_RECOVERED = Verdict(ok=False, detail=_("Nothing succeeded any more after the fault was over."))


def recovers(history: History) -> Verdict:
    case, limit = history.case, history.limits.recovery
    if case.healed is None:
        return NEVER_OVER if case.firings else NO_FAULT
    if case.recovered is None:
        return NEVER_RECOVERED
    took = case.recovered - case.healed
    detail = _(
        "The first success came {took:.2f} s after the fault was over; {limit:g} s are allowed.", took=took, limit=limit
    )
    return Verdict(ok=0 <= took <= limit, detail=detail)


# --- I9
STATUSES = frozenset({200, 201, 204, 409, 422, 503})
KILLS_THE_SERVICE = "app-"  # prefix of the faults that do
INTERRUPTED = ("fault", "recovery")  # phases in which a service that was killed may leave requests unanswered


def answers_have_form(history: History) -> Verdict:
    requests = history.case.requests
    wrong = (Wrong(what, name(request)) for request in requests for what in _malformed(request, history.case))
    kept = _("Answers with the form that was promised: {count}.", count=len(requests))
    return verdict(wrong, len(requests), kept, _("Nothing was sent."))


def _malformed(request: Request, case: Case) -> Iterator[Message]:
    if request.status is None:
        if not _excused(request, case):
            yield _("got no answer")
    elif request.status not in STATUSES.union(case.allowed):
        yield _("answered {status}", status=request.status)
    elif request.status == 503 and not request.retry_after:
        yield problem_text(NO_RETRY_AFTER)
    yield from map(problem_text, request.problems)


def _excused(request: Request, case: Case) -> bool:
    return case.fault.startswith(KILLS_THE_SERVICE) and request.phase in INTERRUPTED
