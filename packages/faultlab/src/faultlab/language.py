"""Texts in the reader's language, suggestions for mistyped names, and the base class of all errors.

`_("There is no case {name!r}.", name=name)`; testdb.language explains it.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path

from testdb.language import LANGUAGES, Joined, Message, Translations, choose, speaking

__all__ = ["LANGUAGES", "Joined", "Message", "_", "choose", "speaking"]

_ = Translations("faultlab", Path(__file__).with_name("locale"), "FAULTLAB_LANG")


class FaultlabError(Exception):
    """The base class of every error of faultlab."""


NEAR = 0.15  # difference of similarity (0 to 1) to the best match


def closest(word: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """Up to `limit` known names, the most similar first, whatever their case.

    Names that are much less similar than the best one are left out.
    """
    by_folded, folded = {name.casefold(): name for name in known}, word.casefold()
    found = get_close_matches(folded, by_folded, limit, cutoff=0.6)
    likeness = {match: SequenceMatcher(None, match, folded).ratio() for match in found}
    return [by_folded[match] for match in found if likeness[match] >= likeness[found[0]] - NEAR]


def did_you_mean(word: str, known: Iterable[str]) -> Message | str:
    """A question with the closest names; else up to 20 known names; else ""."""
    names = sorted(known)
    if found := closest(word, names):
        return _("Did you mean {names}?", names=Joined(_(" or "), found))
    return _("Known: {names}", names=", ".join(names)) if 0 < len(names) <= 20 else ""


def sentences(*parts: object) -> Message:
    """The sentences joined as the language does it, without empty ones."""
    first, *rest = [part for part in parts if str(part)] or [""]
    text: Message = Joined("", [first])
    for other in rest:
        text = _("{one} {other}", one=text, other=other)
    return text
