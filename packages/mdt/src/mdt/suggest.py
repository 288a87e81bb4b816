"""Finds the names closest to a mistyped one."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

from mdt.language import Words, _, either

NEAR = 0.15  # of 1, which means equal


def closest(word: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Up to `limit` known names, the most similar first; case does not matter.

    Leaves out names that are much less similar than the first.
    """
    by_folded, folded = {name.casefold(): name for name in known}, word.casefold()
    found = get_close_matches(folded, by_folded, limit, cutoff=0.6)
    likeness = {match: SequenceMatcher(None, match, folded).ratio() for match in found}
    return [by_folded[match] for match in found if likeness[match] >= likeness[found[0]] - NEAR]


def did_you_mean(word: str, known: Iterable[str]) -> Words:
    """The text "Did you mean …?" with the closest names; the known names if none is close and they are few; else ""."""
    names = sorted(known)
    if found := closest(word, names):
        return _("Did you mean {names}?", names=either(found))
    return _("Known: {names}", names=", ".join(names)) if 0 < len(names) <= 20 else ""
