"""I4: what was answered as not saved is not there."""

from collections.abc import Iterator

from faultlab.invariants.history import History, held, said
from faultlab.invariants.verdict import Verdict, Wrong, verdict
from faultlab.record import Books

ONLY_REFUSED = {"fail"}
UNREAD = "answered as not saved, and no books were read before it was sent again"


def refused_is_absent(history: History) -> Verdict:
    """By every books: those that were read after the fault show what a COMMIT on its way did before anything was sent again.

    One `unknown` answer, before or after, and an operation may be there: a refusal speaks of its own request only.
    """
    refused = [(books, _refused_until(books, history)) for books in history.books]
    judged = {name for _, names in refused for name in names}
    wrong = [one for books, names in refused for one in _present(books, names)]
    unread = [Wrong(UNREAD, name) for name in _refused_first(history) if name not in judged]
    kept = "Answered as not saved, and not there: {judged}."
    return verdict([*wrong, *unread], len(judged), kept, "No operation was answered as not saved and nothing else.")


def _refused_until(books: Books, history: History) -> list[str]:
    return [name for name in history.operations if history.so_far(name, books.t) == ONLY_REFUSED]


def _refused_first(history: History) -> Iterator[str]:
    """What was only refused until the time came to send it again."""
    for name, requests in history.operations.items():
        if {said(request) for request in requests if request.phase != "settle"} == ONLY_REFUSED:
            yield name


def _present(books: Books, refused: list[str]) -> Iterator[Wrong]:
    if refused and not books.quiet:
        yield Wrong("the books were read while a transaction was open", books.when)
    there = held(books)
    yield from (Wrong("answered as not saved, and stored", name) for name in refused if name in there)
