"""The names closest to a mistyped one."""

from collections.abc import Iterable
from difflib import get_close_matches

from mdt.language import Words, either
from mdt.texts import said


def closest(word: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Up to `limit` known names, the most similar first; upper and lower case count as the same."""
    by_folded = {name.casefold(): name for name in known}
    return [by_folded[match] for match in get_close_matches(word.casefold(), by_folded, limit, cutoff=0.6)]


def did_you_mean(word: str, known: Iterable[str]) -> Words:
    """A question that names the closest ones, or all of them when none is close and there are few; "" otherwise."""
    names = sorted(known)
    if found := closest(word, names):
        return said("suggest.closest", names=either(found))
    return said("suggest.known", names=", ".join(names)) if 0 < len(names) <= 20 else ""
