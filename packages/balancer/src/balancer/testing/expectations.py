"""ExpectedBehavior as a check: what the client got, against what the journal says that the providers did."""

from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any

from balancer.mock.behaviors import ExpectedBehavior
from balancer.mock.journal import Entry

TIMEOUT_STATUS = frozenset({408, 504})
UNAVAILABLE = 503


def status_of(response: Any) -> int | None:
    """The HTTP status of what an SDK or an HTTP client gave; None if there is none. An SDK's answer object is a 200."""
    if isinstance(response, BaseException):
        return getattr(response, "status_code", None)
    for name in ("status_code", "status"):
        value = getattr(response, name, None)
        if isinstance(value, int):
            return value
    return 200


def is_good(response: Any) -> bool:
    """An error in a stream has status 200 in the SDKs, and is an exception all the same."""
    return not isinstance(response, BaseException) and 200 <= (status_of(response) or 0) < 300


def problem(
    expected: ExpectedBehavior, response: Any, entries: Sequence[Entry], providers: Sequence[str]
) -> str | None:
    """Why the response is not what was expected; None if it is."""
    return CHECKS[expected](response, entries, providers)


def _success(response: Any, entries: Sequence[Entry], _: Sequence[str]) -> str | None:
    if not is_good(response):
        return f"the client got {_shown(response)}"
    failed = [one.provider for one in entries if one.failed]
    return f"{failed[0]} failed first" if failed else _answered(entries)


def _failover(response: Any, entries: Sequence[Entry], _: Sequence[str]) -> str | None:
    if not is_good(response):
        return f"the client got {_shown(response)}"
    answered = {one.provider for one in entries if one.good}
    failed = {one.provider for one in entries if one.failed}
    if not failed - answered:
        return "no provider failed before another one answered"
    return _answered(entries)


def _answered(entries: Sequence[Entry]) -> str | None:
    return None if any(one.good for one in entries) else "no provider has answered, so this is an answer of nobody"


def _error(response: Any, entries: Sequence[Entry], _: Sequence[str]) -> str | None:
    if is_good(response):
        return f"the client got {_shown(response)}"
    return None if entries else "no provider was asked"


def _all_fail(response: Any, entries: Sequence[Entry], providers: Sequence[str]) -> str | None:
    if is_good(response):
        return f"the client got {_shown(response)}"
    answered = [one.provider for one in entries if one.good]
    if answered:
        return f"{answered[0]} has answered"
    unasked = [name for name in providers if name not in {one.provider for one in entries}]
    return f"{unasked[0]} was not asked" if unasked else None


def _timeout(response: Any, entries: Sequence[Entry], _: Sequence[str]) -> str | None:
    status = status_of(response)
    named = isinstance(response, BaseException) and "timeout" in type(response).__name__.lower()
    if status in TIMEOUT_STATUS or status == UNAVAILABLE or named:
        silent = any(one.outcome in {"client_gone", "pending", "broken"} for one in entries)
        return None if silent else "no provider was silent"
    return f"the client got {_shown(response)}"


def _shown(response: Any) -> str:
    status = status_of(response)
    what = f"{type(response).__name__}: {response}" if isinstance(response, BaseException) else type(response).__name__
    return f"{what[:300]} (status {status})"


type Check = Callable[[Any, Sequence[Entry], Sequence[str]], str | None]
CHECKS: dict[ExpectedBehavior, Check] = {
    ExpectedBehavior.SUCCESS: _success,
    ExpectedBehavior.FAILOVER: _failover,
    ExpectedBehavior.ERROR: _error,
    ExpectedBehavior.ALL_FAIL: _all_fail,
    ExpectedBehavior.TIMEOUT: _timeout,
}


class Checked(Awaitable[None]):
    """An answer that is there already; `await` is allowed."""

    def __await__(self) -> Generator[Any, None, None]:
        return
        yield
