"""I1 to I6: compares what clients were told with what the database holds."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from faultlab.invariants.history import History, Verdict, Wrong, held, listed, said, times, verdict
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
    """The keys under which an operation was acknowledged, or its only key if it is stored without acknowledgement."""
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
    """Violations of: a later snapshot begins with the states of the earlier one."""
    known: dict[str, list[str]] = {}
    for name, states in paths:
        before = known.get(name, [])
        if states[: len(before)] != before:
            yield Wrong(_("has other states behind it than before"), name)
        known[name] = states


# --- I4 and I5
ONLY_REFUSED = {"fail"}
UNREAD = _("answered as not saved, and the database was not read before it was sent again")


def refused_is_absent(history: History) -> Verdict:
    """An operation that was only refused is in no snapshot; the one before repeats shows late COMMITs.

    After an `unknown` answer an operation may be stored: a refusal concerns its own request only.
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
    """Operations that were only refused before they were repeated."""
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
    """The repeats of phase `settle` after the first request without acknowledgement."""
    first = next((place for place, request in enumerate(requests) if said(request) != "ok"), len(requests))
    return [request for request in requests[first + 1 :] if request.phase == "settle"]


def _unresolved(name: str, requests: list[Request], history: History) -> Iterator[Wrong]:
    again = _again(requests)
    if all(said(request) != "ok" for request in again or requests):
        yield Wrong(_("sent again and still not done") if again else _("unknown to the end"), name)
    elif again and times((history.last or {}).get(name, [])) != 1:
        yield Wrong(_("sent again, acknowledged and not stored once"), name)
