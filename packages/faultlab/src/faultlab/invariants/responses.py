"""I7: answers come in time. I8: the service recovers soon after the fault. I9: answers have the promised form.

A service may wait out a short outage, but must refuse at once when the outage is longer than its retry budget. A case that is
`promptly` sends its requests of phase `fault` at that age of the outage, so every refusal must be prompt.

The liveness limit holds during an outage, except for its first 0.25 s: a burst of requests delays liveness checks by processor
time alone. One answer of an outage may take twice as long, because machines pause; a service that hangs does so for longer or
again. If more tasks are runnable than there are cores, all limits are multiplied by that load: the highest one around an answer, the mean
from the end of the fault to the first success.
"""

from collections.abc import Iterator
from statistics import mean

from faultlab.answers import NO_RETRY_AFTER, problem_text
from faultlab.invariants.history import History, Verdict, Wrong, name, said, verdict
from faultlab.language import Message, _
from faultlab.report_model import Case, Health, Outage, Request

BESIDE = 0.15  # seconds around an answer in which the measured load counts
MOST_LOAD = (
    10.0  # excuses a liveness answer of 1 s, after which Kubernetes gives up by default; a service that hangs is slower
)
MOST_LOAD_OF_RECOVERY = 4.0


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
    """True if a pause of the machine explains it."""
    return len(late) == 1 and late[0].ms <= history.limits.hiccup * 1000


def _too_long(one: Request | Health, limit: float, history: History, budget: float = 0.0) -> bool:
    """True if it took longer than budget plus limit, in seconds; the measured load multiplies the limit alone."""
    return one.ms > (budget + limit) * 1000 and one.ms > (budget + limit * load(history, one)) * 1000


def load(history: History, one: Request | Health) -> float:
    """The highest load (runnable tasks per core) around an answer, as the liveness probe measured it."""
    begun, over = one.t - BESIDE, one.t + one.ms / 1000 + BESIDE
    return min(max(_loads(history, begun, over)), MOST_LOAD)


def _loads(history: History, begun: float, over: float) -> list[float]:
    """What the liveness probe measured between two times, in seconds; 1 if it measured nothing."""
    return [asked.load for asked in history.case.health if begun <= asked.t <= over] or [1.0]


def _outage(one: Health, history: History) -> Outage | None:
    """The outage in which it was asked, if past the initial burst."""
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
    case = history.case
    if case.healed is None:
        return NEVER_OVER if case.firings else NO_FAULT
    if case.recovered is None:
        return NEVER_RECOVERED
    took = case.recovered - case.healed
    limit = history.limits.recovery * min(mean(_loads(history, case.healed, case.recovered)), MOST_LOAD_OF_RECOVERY)
    detail = _(
        "The first success came {took:.2f} s after the fault was over; {limit:g} s are allowed.",
        took=took,
        limit=round(limit, 2),
    )
    return Verdict(ok=0 <= took <= limit, detail=detail)


# --- I9
STATUSES = frozenset({200, 201, 204, 409, 422, 503})
KILLS_THE_SERVICE = "app-"  # prefix of such faults
INTERRUPTED = ("fault", "recovery")  # phases in which a killed service may leave requests unanswered


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
