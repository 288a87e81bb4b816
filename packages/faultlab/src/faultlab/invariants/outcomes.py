"""I4 and I5: what was answered as not saved is absent, and nothing stays unknown."""

from collections.abc import Iterator

from faultlab.invariants.history import History, held, said, times
from faultlab.invariants.verdict import Verdict, Wrong, verdict
from faultlab.language import _
from faultlab.report_model import DatabaseSnapshot, Request

ONLY_REFUSED = {"fail"}
UNREAD = _("answered as not saved, and the database was not read before it was sent again")


def refused_is_absent(history: History) -> Verdict:
    """In every snapshot: the one after the fault shows what a late COMMIT did before anything was sent again.

    After one `unknown` answer an operation may be there: a refusal speaks of its own request only.
    """
    refused = [(snapshot, _refused_until(snapshot, history)) for snapshot in history.snapshots]
    judged = {name for _, names in refused for name in names}
    wrong = [one for snapshot, names in refused for one in _present(snapshot, names)]
    unread = [Wrong(UNREAD, name) for name in _refused_first(history) if name not in judged]
    kept = _("Answered as not saved, and not there: {count}.", count=len(judged))
    return verdict([*wrong, *unread], len(judged), kept, _("No operation was answered as not saved and nothing else."))


def _refused_until(snapshot: DatabaseSnapshot, history: History) -> list[str]:
    return [name for name in history.operations if history.so_far(name, snapshot.t) == ONLY_REFUSED]


def _refused_first(history: History) -> Iterator[str]:
    """Operations that were only refused until they were sent again."""
    for name, requests in history.operations.items():
        if {said(request) for request in requests if request.phase != "settle"} == ONLY_REFUSED:
            yield name


def _present(snapshot: DatabaseSnapshot, refused: list[str]) -> Iterator[Wrong]:
    if refused and not snapshot.quiet:
        yield Wrong(_("the database was read while a transaction was open"), snapshot.when)
    there = held(snapshot)
    yield from (Wrong(_("answered as not saved, and stored"), name) for name in refused if name in there)


def unknown_resolves(history: History) -> Verdict:
    open_ones = {name: requests for name, requests in history.operations.items() if _was_open(requests)}
    wrong = (one for name, requests in open_ones.items() for one in _unresolved(name, requests, history))
    kept = _("Uncertain or sent again, and done in the end: {count}.", count=len(open_ones))
    return verdict(wrong, len(open_ones), kept, _("No operation was uncertain, and none was sent again."))


def _was_open(requests: list[Request]) -> bool:
    return bool(_again(requests)) or any(said(request) == "unknown" for request in requests)


def _again(requests: list[Request]) -> list[Request]:
    """The requests that settle it, after one that did not acknowledge it."""
    first = next((place for place, request in enumerate(requests) if said(request) != "ok"), len(requests))
    return [request for request in requests[first + 1 :] if request.phase == "settle"]


def _unresolved(name: str, requests: list[Request], history: History) -> Iterator[Wrong]:
    again = _again(requests)
    if all(said(request) != "ok" for request in again or requests):
        yield Wrong(_("sent again and still not done") if again else _("unknown to the end"), name)
    elif again and times((history.last or {}).get(name, [])) != 1:
        yield Wrong(_("sent again, acknowledged and not stored once"), name)
