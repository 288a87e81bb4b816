"""A case as the invariants look at it: requests by operation, and what the books hold of each."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from faultlab.invariants.limits import Limits
from faultlab.record import Books, Case, Outcome, Request, Stored


class History:
    """Nobody sends anything while books are read, so times alone say which answers came before."""

    def __init__(self, case: Case, limits: Limits) -> None:
        self.case = case
        self.limits = limits

    @cached_property
    def requests(self) -> list[Request]:
        """In the order in which they were sent."""
        return sorted(self.case.requests, key=lambda one: one.t)

    @cached_property
    def operations(self) -> Mapping[str, list[Request]]:
        """The requests of each operation that was asked for, in that order."""
        found: dict[str, list[Request]] = {}
        for request in self.requests:
            if request.operation is not None:
                found.setdefault(request.operation, []).append(request)
        return found

    @cached_property
    def books(self) -> list[Books]:
        """In the order of time."""
        return sorted(self.case.books, key=lambda one: one.t)

    @cached_property
    def last(self) -> Mapping[str, list[Stored]] | None:
        """What the last books hold, those that were read when all was settled if they were; None without any."""
        return held(max(self.books, key=lambda one: (one.when == "settled", one.t))) if self.books else None

    def acknowledged(self) -> Iterator[tuple[str, list[Request]]]:
        """Each operation that somebody was told is done, with the requests that were told so."""
        for operation, requests in self.operations.items():
            if told := [request for request in requests if said(request) == "ok"]:
                yield operation, told

    def so_far(self, operation: str, now: float) -> set[Outcome]:
        """What had been answered about it at a moment; what was on its way then is unknown."""
        sent = [request for request in self.operations.get(operation, ()) if request.t <= now]
        return {said(request) if end(request) <= now else "unknown" for request in sent}


def said(request: Request) -> Outcome:
    """What its client knows; without an answer it knows nothing."""
    return request.outcome if request.status is not None else "unknown"


def end(request: Request) -> float:
    """When its answer came, or the client gave up."""
    return request.t + request.ms / 1000


def held(books: Books) -> dict[str, list[Stored]]:
    """What there is of each operation that is there at all; an operation that is named twice is there twice."""
    found: dict[str, list[Stored]] = {}
    for one in books.operations:
        if one.count > 0:
            found.setdefault(one.operation, []).append(one)
    return found


def times(stored: Iterable[Stored]) -> int:
    return sum(one.count for one in stored)


def name(request: Request) -> str:
    """What a reader knows it by."""
    return request.operation or f"{request.method} {request.path}"
