"""What an invariant says: kept, broken or nothing to judge by; and the one sentence about it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

SHOWN = 3  # names in a sentence; the others are counted


class Verdict(NamedTuple):
    """`ok` None: there was nothing to judge by."""

    ok: bool | None
    detail: str


class Wrong(NamedTuple):
    """One thing that breaks an invariant: what it is, and which operation, request or sum it is about."""

    what: str
    name: str = ""


def verdict(wrong: Iterable[Wrong], judged: int, kept: str, nothing: str) -> Verdict:
    """False if anything is wrong, None if nothing was judged, else True; `kept` may tell `{judged}`."""
    if found := list(wrong):
        return Verdict(ok=False, detail=_sentence(found))
    if not judged:
        return Verdict(ok=None, detail=nothing)
    return Verdict(ok=True, detail=kept.format(judged=judged))


def _sentence(wrong: Iterable[Wrong]) -> str:
    """`Stored and never asked for: a, b, c and 2 more; stored twice: d.`"""
    names: dict[str, dict[str, None]] = {}
    for one in wrong:
        names.setdefault(one.what, {}).setdefault(one.name)
    text = "; ".join(_clause(what, found) for what, found in names.items())
    return f"{text[0].upper()}{text[1:]}."


def _clause(what: str, found: Mapping[str, None]) -> str:
    names = [name for name in found if name]
    return f"{what}: {listed(names)}" if names else what


def listed(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more
