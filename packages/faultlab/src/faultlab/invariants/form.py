"""I9: answers have the form that clients were promised, whatever happens."""

from collections.abc import Iterator

from faultlab.answers import NO_RETRY_AFTER, problem_text
from faultlab.invariants.history import History, name
from faultlab.invariants.verdict import Verdict, Wrong, verdict
from faultlab.language import Message, _
from faultlab.report_model import Case, Request

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
