"""I1 to I3 and I6: what was acknowledged is stored once and whole, and its states follow one another as they may."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from faultlab.invariants.history import History, held, said, times
from faultlab.invariants.verdict import Verdict, Wrong, listed, verdict
from faultlab.report_model import DatabaseSnapshot, Request, Stored

NO_BOOKS = "The books were never read."


def acknowledged_is_stored(history: History) -> Verdict:
    told = dict(history.acknowledged())
    wrong = (one for name, requests in told.items() for one in _lost(name, requests, history.last))
    kept = "Acknowledged, and stored once with that amount: {judged}."
    return verdict(wrong, len(told), kept, "No operation was acknowledged.")


def _lost(name: str, told: Iterable[Request], books: Mapping[str, list[Stored]] | None) -> Iterator[Wrong]:
    if books is None:
        yield Wrong("acknowledged, and the books were never read", name)
        return
    stored = books.get(name, [])
    if not stored:
        yield Wrong("acknowledged and not stored", name)
        return
    if times(stored) > 1:
        yield Wrong(f"acknowledged and stored {times(stored)} times", name)
    acknowledged = {request.amount for request in told if request.amount is not None}
    if not acknowledged <= {one.amount for one in stored}:
        yield Wrong("stored with another amount than was acknowledged", name)


def nothing_is_stored_twice(history: History) -> Verdict:
    doubled = (
        Wrong(f"stored {times(stored)} times", name)
        for books in history.snapshots
        for name, stored in held(books).items()
        if times(stored) > 1
    )
    kept = "Nothing is stored twice; books that were read: {judged}."
    return verdict([*doubled, *_shared_keys(history)], len(history.snapshots), kept, NO_BOOKS)


def _shared_keys(history: History) -> Iterator[Wrong]:
    owners: dict[str, list[str]] = {}
    for name, requests in history.operations.items():
        for key in _keys_that_did(requests, stored=name in (history.last or {})):
            owners.setdefault(key, []).append(name)
    for key, names in owners.items():
        if len(names) > 1:
            yield Wrong("a key stands for several operations", f"{key} ({listed(names)})")


def _keys_that_did(requests: Iterable[Request], *, stored: bool) -> set[str]:
    """Under which keys an operation was acknowledged; or stored, if nobody was told and it had but one key."""
    told = {request.key for request in requests if said(request) == "ok"}
    sent = {request.key for request in requests}
    keys = told or (sent if stored and len(sent) == 1 else set())
    return {key for key in keys if key is not None}


def no_half_state(history: History) -> Verdict:
    wrong = (one for books in history.snapshots for one in _half(books, history))
    kept = "Everything adds up; books that were read: {judged}."
    return verdict(wrong, len(history.snapshots), kept, NO_BOOKS)


def _half(books: DatabaseSnapshot, history: History) -> Iterator[Wrong]:
    for problem in books.problems:
        yield Wrong("does not add up", problem)
    for name in held(books):
        if not history.so_far(name, books.t):
            yield Wrong("stored and never asked for", name)


def states_follow(history: History) -> Verdict:
    paths = [(name, one.states) for books in history.snapshots for name, all_ in held(books).items() for one in all_]
    after = history.case.transitions
    if not after:
        return Verdict(ok=None, detail="The case names no states.")
    wrong = (one for name, states in paths for one in _astray(name, states, after))
    kept = "Sequences of states that are allowed: {judged}."
    return verdict([*wrong, *_rewritten(paths)], len(paths), kept, "Nothing is stored.")


def _astray(name: str, states: Sequence[str], after: Mapping[str, Sequence[str]]) -> Iterator[Wrong]:
    if not states:
        yield Wrong("stored without a state", name)
    for before, state in pairwise(["", *states]):
        if state not in after.get(before, ()):
            yield Wrong(f"went from {before or 'nothing'} to {state}", name)


def _rewritten(paths: Sequence[tuple[str, list[str]]]) -> Iterator[Wrong]:
    """Later books have to begin with what earlier ones told."""
    known: dict[str, list[str]] = {}
    for name, states in paths:
        before = known.get(name, [])
        if states[: len(before)] != before:
            yield Wrong("has other states behind it than before", name)
        known[name] = states
