"""I1 to I3 and I6: what was acknowledged is stored once and whole, and its states follow one another as they may."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from faultlab.invariants.history import History, held, said, times
from faultlab.invariants.verdict import Verdict, Wrong, listed, verdict
from faultlab.language import _
from faultlab.report_model import DatabaseSnapshot, Request, Stored

NEVER_READ = _("The database was never read.")


def acknowledged_is_stored(history: History) -> Verdict:
    told = dict(history.acknowledged())
    wrong = (one for name, requests in told.items() for one in _lost(name, requests, history.last))
    kept = _("Acknowledged, and stored once with that amount: {count}.", count=len(told))
    return verdict(wrong, len(told), kept, _("No operation was acknowledged."))


def _lost(name: str, told: Iterable[Request], snapshot: Mapping[str, list[Stored]] | None) -> Iterator[Wrong]:
    if snapshot is None:
        yield Wrong(_("acknowledged, and the database was never read"), name)
        return
    stored = snapshot.get(name, [])
    if not stored:
        yield Wrong(_("acknowledged and not stored"), name)
        return
    if times(stored) > 1:
        yield Wrong(_("acknowledged and stored {count} times", count=times(stored)), name)
    acknowledged = {request.amount for request in told if request.amount is not None}
    if not acknowledged <= {one.amount for one in stored}:
        yield Wrong(_("stored with another amount than was acknowledged"), name)


def nothing_is_stored_twice(history: History) -> Verdict:
    doubled = (
        Wrong(_("stored {count} times", count=times(stored)), name)
        for snapshot in history.snapshots
        for name, stored in held(snapshot).items()
        if times(stored) > 1
    )
    kept = _("Nothing is stored twice; the database was read {count}×.", count=len(history.snapshots))
    return verdict([*doubled, *_shared_keys(history)], len(history.snapshots), kept, NEVER_READ)


def _shared_keys(history: History) -> Iterator[Wrong]:
    owners: dict[str, list[str]] = {}
    for name, requests in history.operations.items():
        for key in _keys_that_did(requests, stored=name in (history.last or {})):
            owners.setdefault(key, []).append(name)
    for key, names in owners.items():
        if len(names) > 1:
            yield Wrong(
                _("a key stands for several operations"), _("{key} ({operations})", key=key, operations=listed(names))
            )


def _keys_that_did(requests: Iterable[Request], *, stored: bool) -> set[str]:
    """The keys under which an operation was acknowledged; or stored, if nobody was told and it had only one key."""
    told = {request.key for request in requests if said(request) == "ok"}
    sent = {request.key for request in requests}
    keys = told or (sent if stored and len(sent) == 1 else set())
    return {key for key in keys if key is not None}


def no_half_state(history: History) -> Verdict:
    wrong = (one for snapshot in history.snapshots for one in _half(snapshot, history))
    kept = _("Everything adds up; the database was read {count}×.", count=len(history.snapshots))
    return verdict(wrong, len(history.snapshots), kept, NEVER_READ)


def _half(snapshot: DatabaseSnapshot, history: History) -> Iterator[Wrong]:
    for problem in snapshot.problems:
        yield Wrong(_("does not add up"), problem)
    for name in held(snapshot):
        if not history.so_far(name, snapshot.t):
            yield Wrong(_("stored and never asked for"), name)


def states_follow(history: History) -> Verdict:
    paths = [
        (name, one.states)
        for snapshot in history.snapshots
        for name, stored in held(snapshot).items()
        for one in stored
    ]
    after = history.case.transitions
    if not after:
        return Verdict(ok=None, detail=_("The case names no states."))
    wrong = (one for name, states in paths for one in _astray(name, states, after))
    kept = _("Sequences of states that are allowed: {count}.", count=len(paths))
    return verdict([*wrong, *_rewritten(paths)], len(paths), kept, _("Nothing is stored."))


def _astray(name: str, states: Sequence[str], after: Mapping[str, Sequence[str]]) -> Iterator[Wrong]:
    if not states:
        yield Wrong(_("stored without a state"), name)
    for before, state in pairwise(["", *states]):
        if state not in after.get(before, ()):
            yield Wrong(_("went from {before} to {state}", before=before or _("nothing"), state=state), name)


def _rewritten(paths: Sequence[tuple[str, list[str]]]) -> Iterator[Wrong]:
    """A later snapshot has to begin with the states of the earlier one."""
    known: dict[str, list[str]] = {}
    for name, states in paths:
        before = known.get(name, [])
        if states[: len(before)] != before:
            yield Wrong(_("has other states behind it than before"), name)
        known[name] = states
