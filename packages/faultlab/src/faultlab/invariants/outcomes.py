"""I4 and I5: what was answered as not saved is absent, and nothing stays unknown."""

from collections.abc import Iterator

from faultlab.invariants.history import History, held, said, times
from faultlab.invariants.verdict import Verdict, Wrong, verdict
from faultlab.report_model import DatabaseSnapshot, Request

ONLY_REFUSED = {"fail"}
UNREAD = "answered as not saved, and no books were read before it was sent again"


def refused_is_absent(history: History) -> Verdict:
    """By every books: those that were read after the fault show what a COMMIT on its way did before anything was sent again.

    One `unknown` answer, before or after, and an operation may be there: a refusal speaks of its own request only.
    """
    refused = [(books, _refused_until(books, history)) for books in history.snapshots]
    judged = {name for _, names in refused for name in names}
    wrong = [one for books, names in refused for one in _present(books, names)]
    unread = [Wrong(UNREAD, name) for name in _refused_first(history) if name not in judged]
    kept = "Answered as not saved, and not there: {judged}."
    return verdict([*wrong, *unread], len(judged), kept, "No operation was answered as not saved and nothing else.")


def _refused_until(books: DatabaseSnapshot, history: History) -> list[str]:
    return [name for name in history.operations if history.so_far(name, books.t) == ONLY_REFUSED]


def _refused_first(history: History) -> Iterator[str]:
    """What was only refused until the time came to send it again."""
    for name, requests in history.operations.items():
        if {said(request) for request in requests if request.phase != "settle"} == ONLY_REFUSED:
            yield name


def _present(books: DatabaseSnapshot, refused: list[str]) -> Iterator[Wrong]:
    if refused and not books.quiet:
        yield Wrong("the books were read while a transaction was open", books.when)
    there = held(books)
    yield from (Wrong("answered as not saved, and stored", name) for name in refused if name in there)


def unknown_resolves(history: History) -> Verdict:
    open_ones = {name: requests for name, requests in history.operations.items() if _was_open(requests)}
    wrong = (one for name, requests in open_ones.items() for one in _unresolved(name, requests, history))
    kept = "Uncertain or sent again, and done in the end: {judged}."
    return verdict(wrong, len(open_ones), kept, "No operation was uncertain, and none was sent again.")


def _was_open(requests: list[Request]) -> bool:
    return bool(_again(requests)) or any(said(request) == "unknown" for request in requests)


def _again(requests: list[Request]) -> list[Request]:
    """What was sent to settle it, after an answer that did not acknowledge it."""
    first = next((place for place, request in enumerate(requests) if said(request) != "ok"), len(requests))
    return [request for request in requests[first + 1 :] if request.phase == "settle"]


def _unresolved(name: str, requests: list[Request], history: History) -> Iterator[Wrong]:
    again = _again(requests)
    if all(said(request) != "ok" for request in again or requests):
        yield Wrong("sent again and still not done" if again else "unknown to the end", name)
    elif again and times((history.last or {}).get(name, [])) != 1:
        yield Wrong("sent again, acknowledged and not stored once", name)
