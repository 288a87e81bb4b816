"""The input of the invariants (requests by operation, snapshots, time limits) and their output, verdicts."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass
from functools import cached_property
from typing import NamedTuple

from faultlab.language import Joined, Message, _
from faultlab.report_model import Case, DatabaseSnapshot, Outcome, Request, Stored


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits in seconds. `slack` multiplies them, but not the service's own budget."""

    alive: float = 0.1  # a liveness answer during an outage
    hiccup: float = 0.2  # the same, once in an outage
    burst: float = 0.25  # start of an outage in which `alive` does not hold: a burst of requests
    hung: float = 1.0  # a liveness answer at any time
    prompt: float = 0.1  # a refusal in a case that is `promptly`
    recovery: float = 2.0  # from the end of the fault to the first success
    spare: float = 0.5  # an answer, beyond the budget

    @classmethod
    def with_slack(cls, slack: float) -> "Limits":
        if not 0 < slack < math.inf:
            raise ValueError(_("slack is a number over 0, not {slack}", slack=slack))
        usual = cls()
        return cls(*(value * slack for value in astuple(usual)))


class History:
    """The record of a case by operation. No request is sent during a snapshot, so times tell which answers came before it."""

    def __init__(self, case: Case, limits: Limits) -> None:
        self.case = case
        self.limits = limits

    @cached_property
    def requests(self) -> list[Request]:
        """By time of sending."""
        return sorted(self.case.requests, key=lambda one: one.t)

    @cached_property
    def operations(self) -> Mapping[str, list[Request]]:
        """The requests of each operation, by time of sending."""
        found: dict[str, list[Request]] = {}
        for request in self.requests:
            if request.operation is not None:
                found.setdefault(request.operation, []).append(request)
        return found

    @cached_property
    def snapshots(self) -> list[DatabaseSnapshot]:
        """By time."""
        return sorted(self.case.books, key=lambda one: one.t)

    @cached_property
    def last(self) -> Mapping[str, list[Stored]] | None:
        """The content of the last `settled` snapshot, else of the last one; None without any."""
        return held(max(self.snapshots, key=lambda one: (one.when == "settled", one.t))) if self.snapshots else None

    def acknowledged(self) -> Iterator[tuple[str, list[Request]]]:
        """Each acknowledged operation, with the requests that were acknowledged."""
        for operation, requests in self.operations.items():
            if told := [request for request in requests if said(request) == "ok"]:
                yield operation, told

    def so_far(self, operation: str, now: float) -> set[Outcome]:
        """The outcomes of its requests until `now`; unknown for a request still open."""
        sent = [request for request in self.operations.get(operation, ()) if request.t <= now]
        return {said(request) if end(request) <= now else "unknown" for request in sent}


def said(request: Request) -> Outcome:
    """The outcome for its client; unknown without an answer."""
    return request.outcome if request.status is not None else "unknown"


def end(request: Request) -> float:
    """When the answer came or the client gave up."""
    return request.t + request.ms / 1000


def held(snapshot: DatabaseSnapshot) -> dict[str, list[Stored]]:
    """The stored operations by id; one that is listed twice is stored twice."""
    found: dict[str, list[Stored]] = {}
    for one in snapshot.operations:
        if one.count > 0:
            found.setdefault(one.operation, []).append(one)
    return found


def times(stored: Iterable[Stored]) -> int:
    return sum(one.count for one in stored)


def name(request: Request) -> str:
    """Its operation, else method and path."""
    return request.operation or f"{request.method} {request.path}"


SHOWN = 3  # names in a sentence; the rest is counted


class Verdict(NamedTuple):
    """The result of a check; `ok` is None if there was nothing to judge."""

    ok: bool | None
    detail: Message


class Wrong(NamedTuple):
    """A violation of an invariant, and the operation, request or sum concerned."""

    what: Message
    name: Message | str = ""


class Sentence(Joined):
    """Joined clauses that start with a capital letter."""

    def __str__(self) -> str:
        text = super().__str__()
        return text[:1].upper() + text[1:]


def verdict(wrong: Iterable[Wrong], judged: int, kept: Message, nothing: Message) -> Verdict:
    """False with any violation, None if nothing was judged, else True."""
    if found := list(wrong):
        return Verdict(ok=False, detail=_sentence(found))
    return Verdict(ok=True, detail=kept) if judged else Verdict(ok=None, detail=nothing)


def _sentence(wrong: Iterable[Wrong]) -> Message:
    """All violations as a sentence: `Stored and never asked for: a, b, c and 2 more; stored twice: d.`"""
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
    """The first names, and the number of the others."""
    shown = Joined(_(", "), names[:SHOWN])
    return _("{names} and {count} more", names=shown, count=len(names) - SHOWN) if len(names) > SHOWN else shown
