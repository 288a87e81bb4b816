"""I5: nothing stays unknown."""

from collections.abc import Iterator

from faultlab.invariants.history import History, said, times
from faultlab.invariants.verdict import Verdict, Wrong, verdict
from faultlab.record import Request


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
