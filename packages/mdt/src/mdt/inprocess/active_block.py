"""Finds the block that a call belongs to: the block of its context, else the one whose session its header or key names.

`carry` and `wrap` take the block to other threads.
"""

import inspect
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from concurrent import futures
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from mdt.engine.choice import Choice
from mdt.engine.engine import Engine
from mdt.engine.outcome import NearMiss
from mdt.engine.session import Session
from mdt.engine.session_keys import SessionKey, session_in
from mdt.errors import MdtError, NoSessionError
from mdt.language import Words, _

HEADER = "X-Mdt-Session"
_HEADER = HEADER.lower()


@dataclass(slots=True, eq=False)
class ActiveBlock:
    """One `mock_scenario` block. The session of a nested block shares everything but the choice with the outer one."""

    session: Session
    engine: Engine
    choice: Choice  # what the block was begun with
    allow_hosts: frozenset[str] = frozenset()
    strict: bool = False  # fails if it is void
    told: bool = True  # pytest is told if it is void; `strict=False` says that nobody minds
    outer: "ActiveBlock | None" = None
    ended: bool = False
    unmatched: list[NearMiss] = field(default_factory=list)


CURRENT: ContextVar[ActiveBlock | None] = ContextVar("mdt", default=None)
ACTIVE: dict[str, list[ActiveBlock]] = {}  # by session id, the newest block last
_lock = threading.Lock()


def begin(block: ActiveBlock) -> None:
    with _lock:
        ACTIVE.setdefault(block.session.id, []).append(block)


def end(block: ActiveBlock) -> None:
    """Ends the block. A task or thread that still has it gets the outer block, or an error."""
    with _lock:
        block.ended = True
        open_blocks = ACTIVE[block.session.id]
        open_blocks.remove(block)
        if not open_blocks:
            del ACTIVE[block.session.id]


def current() -> ActiveBlock | None:
    """The innermost block of this context that has not ended."""
    block = CURRENT.get()
    while block is not None and block.ended:
        block = block.outer
    return block


@contextmanager
def entered(block: ActiveBlock | None) -> Iterator[None]:
    """Makes it the block of this context."""
    token = CURRENT.set(block)
    try:
        yield
    finally:
        CURRENT.reset(token)


def owner(call: str, headers: Mapping[str, str]) -> ActiveBlock:
    """The block that answers this call ("POST http://..."). Raises NoSessionError if there is none."""
    block = current()
    if block is not None:
        return block
    session = headers.get(_HEADER) or session_in(headers, _keys())
    if session is not None and (named := ACTIVE.get(session)):
        return named[-1]
    if session is not None:
        raise NoSessionError(_unknown(call, session))
    raise NoSessionError(_left(call) if CURRENT.get() is not None else _without(call))


def _keys() -> list[SessionKey]:
    blocks = [block for found in list(ACTIVE.values()) for block in found]
    return list(dict.fromkeys(key for block in blocks for key in block.engine.catalog.settings.session_keys))


def _unknown(call: str, session: str) -> Words:
    return _(
        "{call} names the session {session!r}, which is not open: its mock_scenario block has ended, or never was. "
        "It was not let through to the network.",
        call=call,
        session=session,
    )


def _left(call: str) -> Words:
    return _(
        "{call}: the mock_scenario block that this task or thread began in has ended. Wait for it "
        "inside the block; it was not let through to the network.",
        call=call,
    )


def _without(call: str) -> Words:
    names = [", ".join(blocks[-1].session.choice.labels()) or key for key, blocks in list(ACTIVE.items())[:5]]
    return _(
        "{call}: the thread {thread!r} belongs to no session, while scenarios are active ({names}). "
        "Give it its caller's session: executor = mdt.wrap(executor) for a pool, "
        "mdt.carry(function), called inside the block, for a thread; or send mdt.session_headers() "
        "along.",
        call=call,
        thread=threading.current_thread().name,
        names="; ".join(names),
    )


_ELSEWHERE = ("ProcessPoolExecutor", "InterpreterPoolExecutor")


def carry[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Makes the function run in the session of the caller of `carry`, in whatever thread or task it runs."""
    block = current()
    if inspect.iscoroutinefunction(function):
        return _carry_async(function, block)  # type: ignore[return-value]

    @wraps(function)
    def carried(*args: P.args, **kwargs: P.kwargs) -> R:
        with entered(block):
            return function(*args, **kwargs)

    return carried


def _carry_async[**P, R](
    function: Callable[P, Coroutine[Any, Any, R]], block: ActiveBlock | None
) -> Callable[P, Coroutine[Any, Any, R]]:
    @wraps(function)
    async def carried(*args: P.args, **kwargs: P.kwargs) -> R:
        with entered(block):
            return await function(*args, **kwargs)

    return carried


def wrap(executor: Executor) -> "SessionExecutor":
    """Makes the executor run functions in the session of their submitter. Works with loop.run_in_executor too."""
    if any(isinstance(executor, getattr(futures, name, ())) for name in _ELSEWHERE):
        raise MdtError(
            _(
                "{executor} runs outside this interpreter, where no session can be taken along. Use `mdt "
                "mock serve`, and send mdt.session_headers() along.",
                executor=type(executor).__name__,
            )
        )
    return SessionExecutor(executor)


class SessionExecutor(Executor):
    """An executor around another one; other attributes are those of the inner one."""

    def __init__(self, executor: Executor) -> None:
        self._executor = executor

    def submit[**P, R](self, fn: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Future[R]:
        return self._executor.submit(carry(fn), *args, **kwargs)

    def map[R](
        self,
        fn: Callable[..., R],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        **more: Any,
    ) -> Iterator[R]:
        return self._executor.map(carry(fn), *iterables, timeout=timeout, chunksize=chunksize, **more)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT002 - Executor's
        self._executor.shutdown(wait, cancel_futures=cancel_futures)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._executor, name)
