"""Takes a session along to other threads: `carry` for one function, `wrap` for a pool."""

import inspect
from collections.abc import Callable, Coroutine, Iterable, Iterator
from concurrent import futures
from concurrent.futures import Executor, Future
from functools import wraps
from typing import Any

from mdt.errors import MdtError
from mdt.inprocess.active_block import ActiveBlock, current, entered
from mdt.language import _

_ELSEWHERE = ("ProcessPoolExecutor", "InterpreterPoolExecutor")


def carry[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """The function with the session of the place where `carry` is called, in whatever thread or task it runs."""
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
    """The executor, whose functions run in the session of whoever submits them; also for loop.run_in_executor."""
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
    """Whatever else the wrapped executor has is reached through it."""

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
