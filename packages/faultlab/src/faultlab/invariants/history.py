"""A case as the invariants see it (requests by operation, what the database held, limits of time), and what they say of it."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import NamedTuple

from faultlab.language import Joined, Message, _
from faultlab.report_model import Case, DatabaseSnapshot, Outcome, Request, Stored


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds. `slack` is the factor for a slow machine; the service's own budget is not stretched, what it may exceed it by is."""

    alive: float = 0.1  # an answer of the liveness address, while the database is away
    hiccup: float = 0.2  # one such answer during an outage
    burst: float = 0.25  # from the beginning of that, until requests that came all at once are worked off
    hung: float = 1.0  # an answer of the liveness address at any time
    prompt: float = 0.1  # a refusal, where waiting is of no use
    recovery: float = 2.0  # from the end of the fault to the first success
    spare: float = 0.5  # over the budget

    @classmethod
    def with_slack(cls, slack: float) -> "Limits":
        if not 0 < slack < math.inf:
            raise ValueError(_("slack is a number over 0, not {slack}", slack=slack))
        usual = cls()
        return cls(*(value * slack for value in astuple(usual)))


class History:
    """No request is sent while the database is read, so times alone say which answers came before a snapshot."""

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
    def snapshots(self) -> list[DatabaseSnapshot]:
        """In the order of time."""
        return sorted(self.case.books, key=lambda one: one.t)

    @cached_property
    def last(self) -> Mapping[str, list[Stored]] | None:
        """What the last snapshot holds, the one after settling if there is one; None without any."""
        return held(max(self.snapshots, key=lambda one: (one.when == "settled", one.t))) if self.snapshots else None

    def acknowledged(self) -> Iterator[tuple[str, list[Request]]]:
        """Each operation that somebody was told is done, with the requests that were told so."""
        for operation, requests in self.operations.items():
            if told := [request for request in requests if said(request) == "ok"]:
                yield operation, told

    def so_far(self, operation: str, now: float) -> set[Outcome]:
        """The outcomes of its requests until then; a request that was still open counts as unknown."""
        sent = [request for request in self.operations.get(operation, ()) if request.t <= now]
        return {said(request) if end(request) <= now else "unknown" for request in sent}


def said(request: Request) -> Outcome:
    """What its client knows; without an answer it knows nothing."""
    return request.outcome if request.status is not None else "unknown"


def end(request: Request) -> float:
    """When its answer came, or the client gave up."""
    return request.t + request.ms / 1000


def held(snapshot: DatabaseSnapshot) -> dict[str, list[Stored]]:
    """The stored operations by name; one that is listed twice is stored twice."""
    found: dict[str, list[Stored]] = {}
    for one in snapshot.operations:
        if one.count > 0:
            found.setdefault(one.operation, []).append(one)
    return found


def times(stored: Iterable[Stored]) -> int:
    return sum(one.count for one in stored)


def name(request: Request) -> str:
    """What a reader knows it by."""
    return request.operation or f"{request.method} {request.path}"


SHOWN = 3  # names in a sentence; the others are counted


class Verdict(NamedTuple):
    """`ok` None: there was nothing to judge by."""

    ok: bool | None
    detail: Message


class Wrong(NamedTuple):
    """One thing that breaks an invariant: what it is, and which operation, request or sum it is about."""

    what: Message
    name: Message | str = ""


class Sentence(Joined):
    """Clauses, the first with a capital letter."""

    def __str__(self) -> str:
        text = super().__str__()
        return text[:1].upper() + text[1:]


def verdict(wrong: Iterable[Wrong], judged: int, kept: Message, nothing: Message) -> Verdict:
    """False if anything is wrong, None if nothing was judged, else True."""
    if found := list(wrong):
        return Verdict(ok=False, detail=_sentence(found))
    return Verdict(ok=True, detail=kept) if judged else Verdict(ok=None, detail=nothing)


def _sentence(wrong: Iterable[Wrong]) -> Message:
    """`Stored and never asked for: a, b, c and 2 more; stored twice: d.`"""
    whats: dict[str, Message] = {}
    names: dict[str, dict[str, Message | str]] = {}
    for one in wrong:
        whats.setdefault(str(one.what), one.what)
        names.setdefault(str(one.what), {}).setdefault(str(one.name), one.name)
    clauses = [_clause(what, [name for text, name in names[key].items() if text]) for key, what in whats.items()]
    return _("{clauses}.", clauses=Sentence(_("; "), clauses))


def _clause(what: Message, names: list[Message | str]) -> Message:
    return _("{what}: {names}", what=what, names=listed(names)) if names else what


def listed(names: list[Message | str] | list[str]) -> Message:
    """The first few names, and how many more there are."""
    shown = Joined(_(", "), names[:SHOWN])
    return _("{names} and {count} more", names=shown, count=len(names) - SHOWN) if len(names) > SHOWN else shown
