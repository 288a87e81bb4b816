"""I6: states follow one another as the service says they may."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from faultlab.invariants.history import History, held
from faultlab.invariants.verdict import Verdict, Wrong, verdict


def states_follow(history: History) -> Verdict:
    paths = [(name, one.states) for books in history.books for name, all_ in held(books).items() for one in all_]
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
