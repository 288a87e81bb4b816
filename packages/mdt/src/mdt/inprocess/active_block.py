"""Which session a call belongs to: its context's, else the one that its header names. Nothing is guessed."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from mdt.engine.choice import Choice
from mdt.engine.engine import Engine
from mdt.engine.outcome import NearMiss
from mdt.engine.session import Session
from mdt.errors import NoSessionError
from mdt.inprocess.texts import said
from mdt.language import Words

HEADER = "X-Mdt-Session"
_HEADER = HEADER.lower()


@dataclass(slots=True, eq=False)
class Live:
    """One `mock_scenario` block. A nested block has its own Live, whose session shares everything but the choice."""

    session: Session
    engine: Engine
    choice: Choice  # what the block was begun with
    allow_hosts: frozenset[str] = frozenset()
    strict: bool = False
    outer: "Live | None" = None
    ended: bool = False
    unmatched: list[NearMiss] = field(default_factory=list)


CURRENT: ContextVar[Live | None] = ContextVar("mdt", default=None)
ACTIVE: dict[str, list[Live]] = {}  # by session id, the newest block last
_lock = threading.Lock()


def begin(live: Live) -> None:
    with _lock:
        ACTIVE.setdefault(live.session.id, []).append(live)


def end(live: Live) -> None:
    """From now on a task or thread that still has this block gets the block around it, or an error."""
    with _lock:
        live.ended = True
        open_blocks = ACTIVE[live.session.id]
        open_blocks.remove(live)
        if not open_blocks:
            del ACTIVE[live.session.id]


def current() -> Live | None:
    """The innermost block of this context that has not ended."""
    live = CURRENT.get()
    while live is not None and live.ended:
        live = live.outer
    return live


@contextmanager
def playing(live: Live | None) -> Iterator[None]:
    """Makes it this context's block for a while."""
    token = CURRENT.set(live)
    try:
        yield
    finally:
        CURRENT.reset(token)


def owner(call: str, headers: Mapping[str, str]) -> Live:
    """The block that answers this call ("POST http://..."). Raises NoSessionError when none can be told."""
    live = current()
    if live is not None:
        return live
    named = ACTIVE.get(headers.get(_HEADER, ""))
    if named:
        return named[-1]
    raise NoSessionError(_left(call) if CURRENT.get() is not None else _without(call))


def _left(call: str) -> Words:
    return said("session.left", call=call)


def _without(call: str) -> Words:
    names = [", ".join(blocks[-1].session.choice.labels()) or key for key, blocks in list(ACTIVE.items())[:5]]
    return said("session.none", call=call, thread=threading.current_thread().name, names="; ".join(names))
