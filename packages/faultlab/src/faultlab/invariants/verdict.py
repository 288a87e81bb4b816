"""What an invariant says: kept, broken or nothing to judge by; and one sentence about it."""

from collections.abc import Iterable
from typing import NamedTuple

from faultlab.language import Joined, Message, _

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
